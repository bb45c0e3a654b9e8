"""The training loop, from top to bottom.

An epoch is: shuffle, then for each batch forward, loss, backward, step; then one look at dev, and a checkpoint. All
randomness follows from (seed, epoch, example) and (seed, step), so that a training that was killed and resumed ends
with the same weights, bit for bit, as one that was left alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

from fathom.data.keyed import Draw, order, step_seed
from fathom.data.store import Store
from fathom.records import Example, Settings
from fathom.task import Task
from fathom.training import checkpoints, optimizers, schedules
from fathom.training.evaluation import Outcome, autocast, evaluate, figure, to_device
from fathom.training.regularize import EarlyStopping, clip_gradient

SECONDS_BETWEEN_CHECKPOINTS = 20.0
STEPS_TO_MEASURE = 10


@dataclass(frozen=True)
class Data:
    """What is trained on and looked at: the store, and where in it each split lies.

    Attributes:
        store: the encoded examples.
        keys: uint64 of each example in the store; their randomness follows from it.
        train: indices of the training split in the store, ``(n,)``.
        dev: indices of dev, ``(m,)``, which may be empty.
        dev_examples: the dev examples, in the order of `dev`.
    """

    store: Store
    keys: np.ndarray
    train: np.ndarray
    dev: np.ndarray
    dev_examples: tuple[Example, ...]


@dataclass
class Progress:
    """How far the training is: all that a checkpoint keeps besides tensors.

    Attributes:
        epoch: the epoch being trained, from 1.
        batch: batches of it that are done.
        step: steps done in all.
        total_steps: steps to do in all; None until a time budget has been turned into steps.
        loss_sum, weight_sum: of the epoch so far.
        best: best dev figure so far, and the epoch that reached it.
        history: one record per finished epoch.
        stopped: why it ended before its last step, if it did.
    """

    epoch: int = 1
    batch: int = 0
    step: int = 0
    total_steps: int | None = None
    loss_sum: float = 0.0
    weight_sum: float = 0.0
    best: float = math.inf
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    stopped: str = ""


class Watcher:
    """What the loop tells while it runs; this one is silent. Faces override what they show."""

    def line(self, label: str, text: str) -> None:
        """A line of the summary is known."""

    def stage(self, name: str, total: int) -> None:
        """Something that takes a while begins; `total` units."""

    def advance(self, n: int = 1) -> None:
        """So many units are done."""

    def epoch(self, record: dict[str, Any]) -> None:
        """An epoch is finished."""

    def interrupted(self) -> bool:
        """Whether the user asked to stop; the loop then saves and leaves."""
        return False


class Interrupted(Exception):  # noqa: N818 (it is no error)
    """The user asked to stop; everything is saved."""


def fit(net: nn.Module, task: Task, data: Data, settings: Settings, folder: Path, watcher: Watcher) -> Progress:
    """Train `net` on the training split, and leave it with the weights of the best dev figure.

    Args:
        net: takes ``task.inputs``.
        task: gives the loss and the metric.
        data: the encoded examples.
        settings: all resolved.
        folder: of the run; ``weights.safetensors`` (the best so far) and ``checkpoint/`` are kept there. Where a
            checkpoint lies, the training goes on from it.
        watcher: is told how it goes.

    Raises:
        Interrupted: the watcher said so; the state is saved.
    """
    s = settings
    assert s.epochs, "settings are resolved before training"
    assert s.batch_size
    assert s.optimizer
    assert s.schedule
    assert s.lr is not None
    assert s.device
    assert s.precision
    opts = optimizers.build(net, s.optimizer, s.lr, s.weight_decay or 0.0)
    schedule = schedules.build(s.schedule, s.warmup or 0.0)
    stopping = EarlyStopping(s.patience or 0)
    checkpoint, weights = folder / "checkpoint" / "state.safetensors", folder / "weights.safetensors"
    per_epoch = math.ceil(len(data.train) / s.batch_size)
    now = start(net, opts, task, data, s, checkpoint, weights, per_epoch)
    clock = Clock(s.budget, now.step)
    saved = time.monotonic()
    watcher.stage("train", now.total_steps or 0)
    watcher.advance(now.step)
    net.train()

    while not finished(now, s):
        sums = torch.tensor([now.loss_sum, now.weight_sum], dtype=torch.float64)  # of losses and of weights
        began = time.monotonic()
        for indices in batches_of_epoch(data, s, now.epoch, skip=now.batch):
            set_rate(opts, schedule(done(now, per_epoch)))
            torch.manual_seed(step_seed(s.seed, now.step))  # dropout
            batch = to_device(data.store.gather(indices), s.device)
            with torch.no_grad():
                batch = task.prepare(batch, Draw(s.seed, now.epoch, data.keys[indices]))
            with autocast(s.device, s.precision):
                output = net(*(batch[name] for name in task.inputs))
            losses, counts = task.loss(output, batch)  # (batch,), (batch,)
            loss = losses.sum() / counts.sum()
            loss.backward()
            clip_gradient(net, s.clip or 0.0)
            for optimizer in opts:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)

            sums += torch.stack([losses.detach().sum(), counts.sum()]).double().cpu()
            now.batch += 1
            now.step += 1
            watcher.advance()
            if now.total_steps is None:
                now.total_steps = clock.steps_that_fit(now.step, per_epoch, len(data.dev) / len(data.train))
                saved = -math.inf if now.total_steps else saved  # what was measured is kept at once
            if now.step == now.total_steps:
                break
            if watcher.interrupted() or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                now.loss_sum, now.weight_sum = sums.tolist()
                checkpoints.save(checkpoint, net, opts, asdict(now))
                saved = time.monotonic()
                if watcher.interrupted():
                    raise Interrupted

        record = {
            "epoch": now.epoch,
            "step": now.step,
            "train_loss": float(sums[0] / sums[1]),
            "lr": opts[-1].param_groups[0]["lr"],
            "seconds": time.monotonic() - began,
        }
        record |= look_at_dev(net, task, data, s)
        if not math.isfinite(record["train_loss"]):
            now.stopped = f"the loss became {record['train_loss']} in epoch {now.epoch}"
        elif not len(data.dev) or record["dev_metric"] < now.best:
            now.best, now.best_epoch = record.get("dev_metric", math.inf), now.epoch
            checkpoints.save_weights(net, weights)
        now.history.append(record)
        if not now.stopped and len(data.dev) and stopping.should_stop(now.epoch, now.best_epoch):
            now.stopped = f"no better dev figure for {s.patience} epochs"
        now.epoch, now.batch, now.loss_sum, now.weight_sum = now.epoch + 1, 0, 0.0, 0.0
        checkpoints.save(checkpoint, net, opts, asdict(now))
        saved = time.monotonic()
        watcher.epoch(record)

    if weights.exists():
        checkpoints.load_weights(net, weights)
    return now


def start(
    net: nn.Module,
    opts: list[Optimizer],
    task: Task,
    data: Data,
    s: Settings,
    checkpoint: Path,
    weights: Path,
    per_epoch: int,
) -> Progress:
    """Where to begin: at the checkpoint if there is one, else at the start; a warm start is looked at first."""
    if checkpoint.exists():
        return Progress(**checkpoints.load(checkpoint, net, opts))
    now = Progress(total_steps=None if s.budget else (s.epochs or 0) * per_epoch)
    if getattr(net, "warm", False) and len(data.dev):  # the head was fitted on frozen features: that is epoch 0
        record: dict[str, Any] = {"epoch": 0, "step": 0, "lr": 0.0, "seconds": 0.0}
        record |= look_at_dev(net, task, data, s)
        now.history.append(record)
        now.best = record["dev_metric"]
        checkpoints.save_weights(net, weights)
    return now


def finished(now: Progress, s: Settings) -> bool:
    """Whether there is nothing left to do."""
    return bool(now.stopped) or (now.total_steps is not None and now.step >= now.total_steps)


def done(now: Progress, per_epoch: int) -> float:
    """The share of the steps that are done; while a budget is still being measured, as if there were ten epochs."""
    return now.step / (now.total_steps or 10 * per_epoch + STEPS_TO_MEASURE)


def batches_of_epoch(data: Data, s: Settings, epoch: int, skip: int) -> Iterator[np.ndarray]:
    """The epoch's batches as indices into the store, of nearly equal sizes, so that none is a single example."""
    shuffled = data.train[order(s.seed, epoch, data.keys[data.train])]  # (n,)
    parts = np.array_split(shuffled, math.ceil(len(shuffled) / (s.batch_size or 1)))
    yield from parts[skip:]


def set_rate(opts: list[Optimizer], factor: float) -> None:
    """Scale each group's peak learning rate."""
    for optimizer in opts:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * factor


def look_at_dev(net: nn.Module, task: Task, data: Data, s: Settings) -> dict[str, float]:
    """Loss and metric on dev, if there is one."""
    if not len(data.dev):
        return {}
    outcome: Outcome = evaluate(
        net, task, data.store, data.dev, device=s.device or "cpu", precision=s.precision or "fp32"
    )
    return {
        "dev_loss": sum(outcome.losses) / sum(outcome.weights),
        "dev_metric": figure(task, data.dev_examples, outcome.predictions),
    }


class Clock:
    """Turns a budget of seconds into a number of steps, once, from the pace of the first steps."""

    def __init__(self, budget: float | None, step: int) -> None:
        self.budget = budget
        self.began = time.monotonic()
        self.first = step
        self.warm = self.began

    def steps_that_fit(self, step: int, per_epoch: int, dev_share: float) -> int | None:
        """The number of steps in all, or None as long as too few have been measured.

        A look at dev costs about a third of a training pass over as many examples, once an epoch.
        """
        if self.budget is None:
            return None
        measured = step - self.first
        if measured == 3:  # the first steps allocate and warm up
            self.warm = time.monotonic()
        spent = time.monotonic() - self.began
        if measured < STEPS_TO_MEASURE and not (measured > 3 and spent > self.budget / 10):
            return None
        pace = (time.monotonic() - self.warm) / (measured - 3)
        with_dev = pace * (1 + dev_share / 3)
        return max(step + 1, step + int((self.budget - spent) / with_dev))
