"""The training loop, from top to bottom.

An epoch is: shuffle, then for each batch forward, loss, backward, step; then one look at dev, and a checkpoint. All
randomness follows from (seed, epoch, example) and (seed, step), so that a training that was killed and resumed ends
with the same weights, bit for bit, as one that was left alone. Losses are summed on the device: within an epoch the
host does not wait for it. Under torchrun the processes share each batch (`fathom.training.distributed`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fathom.data.counter_rng import Draw, step_seed
from fathom.data.store import Store
from fathom.errors import UserError
from fathom.progress import Interrupted, Watcher
from fathom.records import Example, Settings
from fathom.task import Batch, Task
from fathom.training import distributed, optimizers, schedules
from fathom.training.batching import epoch_batches, gather
from fathom.training.checkpointer import InFolder, InMemory, Keeping
from fathom.training.evaluation import Outcome, autocast, call, evaluate, outcome_figures, pinned, to_device
from fathom.training.gradient_through_time import reach
from fathom.training.health.observer import Watch
from fathom.training.prefetch import ahead
from fathom.training.regularization import EarlyStopping, clip_gradient
from fathom.training.time_budget import STEPS_TO_MEASURE, Clock

SECONDS_BETWEEN_CHECKPOINTS = 20.0
LARGE = 1_000_000
"""Bytes from which a batch is gathered by a thread; for a smaller one, waking the thread costs more than it saves."""


@dataclass(frozen=True)
class Data:
    """What is trained on and looked at: the store, and where in it each split lies.

    Attributes:
        store: the encoded examples.
        keys: uint64 of each example in the store; their randomness follows from it.
        train: indices of the training split in the store, ``(n,)``.
        dev: indices of dev, ``(m,)``, which may be empty.
        dev_examples: the dev examples, in the order of `dev`.
        importance: how much each example of the store counts, float32; None where all count alike.
    """

    store: Store
    keys: np.ndarray
    train: np.ndarray
    dev: np.ndarray
    dev_examples: tuple[Example, ...]
    importance: np.ndarray | None = None


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


def fit(
    net: nn.Module,
    task: Task,
    data: Data,
    settings: Settings,
    folder: Path | None,
    watcher: Watcher,
    epoch_0: dict[str, float] | None = None,
) -> Progress:
    """Train `net` on the training split, and leave it with the weights of the best dev figure.

    Args:
        net: takes ``task.inputs``.
        task: gives the loss and the metric.
        data: the encoded examples.
        settings: all resolved.
        folder: of the run; ``weights.safetensors`` (the best so far), ``checkpoint/`` and ``health.json`` are kept
            there. Where a checkpoint lies, the training goes on from it. None: the net is only to be judged, so that
            nothing is written and nothing is watched.
        watcher: is told how it goes.
        epoch_0: the dev figures of a net that comes already fitted; its weights are the best to begin with.

    Raises:
        Interrupted: the watcher said so; the state is saved.
        UserError: there are fewer examples than processes, or the checkpoint is damaged.
    """
    keeping = InMemory() if folder is None else InFolder(folder)
    training = Training(net, task, data, settings, keeping, watcher, epoch_0)
    watcher.begin_stage("train", training.now.total_steps or 0)
    watcher.advance(training.now.step)
    with training.health if training.watched else nullcontext():
        while not training.finished():
            training.epoch()
            training.close_epoch()
    return training.end()


class Training:
    """One training under way; the methods stand in the order in which they are called."""

    def __init__(
        self,
        net: nn.Module,
        task: Task,
        data: Data,
        settings: Settings,
        keeping: Keeping,
        watcher: Watcher,
        epoch_0: dict[str, float] | None,
    ) -> None:
        s = self.s = settings
        assert s.epochs, "settings are resolved before training"
        assert s.optimizer
        assert s.schedule
        assert s.lr is not None
        self.device, self.precision, self.batch_size = s.device or "cpu", s.precision or "fp32", s.batch_size or 1
        self.net, self.task, self.data, self.keeping, self.watcher = net, task, data, keeping, watcher
        distributed.check_share(len(data.train))
        self.parallel = distributed.wrap(net)  # what is called; `net` is what is saved
        self.opts = optimizers.build(net, s.optimizer, s.lr, s.weight_decay or 0.0)
        self.schedule = schedules.build(s.schedule, s.warmup or 0.0)
        self.stopping = EarlyStopping(s.patience or 0)
        self.per_epoch = len(self.batches_of(0))
        self.state: Any = None  # what the net carries from batch to batch, where the task has streams
        self.watched = keeping.where is not None and distributed.is_main()
        self.health = Watch(net, *self.opts, pretrained=getattr(net, "warm", False), grouped=bool(task.batch_by))
        self.now = self.start(epoch_0)
        self.clock = Clock(s.budget, self.now.step)
        self.saved = time.monotonic()
        # Looking at the loss makes the host wait for a GPU, and asking the other processes costs a message.
        self.steps_between_looks = 50 if self.device != "cpu" else 10 if distributed.size() > 1 else 1

    def start(self, epoch_0: dict[str, float] | None) -> Progress:
        """Where to begin: at the checkpoint if there is one, else at the start."""
        kept = self.keeping.go_on(self.net, self.opts, self.health)
        if kept is not None:
            progress, self.state = kept
            now = Progress(**progress)
            if self.s.budget is None and now.total_steps != (self.s.epochs or 0) * self.per_epoch:
                raise UserError(f"{self.keeping.where} is of another training: train again under another name")
            return now
        now = Progress(total_steps=None if self.s.budget else (self.s.epochs or 0) * self.per_epoch)
        if epoch_0 is not None:
            finite = all(map(math.isfinite, epoch_0.values()))
            figures = epoch_0 if finite else dict.fromkeys(epoch_0)  # JSON has no NaN
            now.history.append({"epoch": 0, "step": 0, "lr": 0.0, "seconds": 0.0, **figures})
            if finite:
                now.best = epoch_0["dev_metric"]
                self.keeping.best(self.net)
        return now

    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self.now.stopped) or (self.now.total_steps is not None and self.now.step >= self.now.total_steps)

    def epoch(self) -> None:
        """Train one epoch, or what is left of it."""
        now = self.now
        self.began = time.monotonic()
        self.sums = self.to_add(now.loss_sum, now.weight_sum)
        self.net.train()
        self.set_rate(max(0, now.step - 1))  # for the history, where nothing was left of the epoch
        with closing(self.batches()) as batches:
            for indices, batch in batches:
                self.set_rate(now.step)
                if batch:  # else nothing in it counts
                    self.learn(indices, batch)
                now.batch += 1
                now.step += 1
                self.watcher.advance()
                self.look_up()
                if self.finished():
                    break

    def learn(self, indices: np.ndarray, batch: Batch) -> None:
        """Forward, loss, backward and step."""
        seed_dropout(step_seed(self.s.seed, self.now.step) + distributed.rank(), self.device)
        with torch.no_grad():
            batch = self.task.prepare(batch, self.draw(indices))
        with autocast(self.device, self.precision):
            output, self.state = call(self.parallel, self.task, batch, self.state)
        losses, weights = self.task.loss(output, batch)  # (batch,), (batch,)
        if self.data.importance is not None:
            counts = torch.from_numpy(self.data.importance[indices]).to(losses.device)  # (batch,)
            losses, weights = losses * counts, weights * counts
        self.step(losses, weights)

    def batches(self) -> Generator[tuple[np.ndarray, Batch]]:
        """What is left of the epoch: indices into the store, and what lies there; large batches are gathered ahead.

        A batch of which no example counts is left empty: it is passed over, by all processes alike.
        """
        importance = self.data.importance

        def gathered() -> Generator[tuple[np.ndarray, Batch]]:
            for indices in self.batches_of(self.now.epoch)[self.now.batch :]:
                mine = distributed.share(indices)
                idle = importance is not None and not importance[indices].any()
                yield mine, {} if idle else pinned(gather(self.task, self.data.store, mine), self.device)

        store = self.data.store
        worth_it = self.device != "cpu" or store.nbytes / len(store) * self.batch_size > LARGE
        with closing(ahead(gathered()) if worth_it else gathered()) as ready:
            for indices, batch in ready:
                yield indices, to_device(batch, self.device)

    def batches_of(self, epoch: int) -> list[np.ndarray]:
        """All batches of an epoch, as indices into the store."""
        return epoch_batches(
            self.task, self.data.store, self.data.keys, self.data.train,
            size=self.batch_size, seed=self.s.seed, epoch=epoch,
        )  # fmt: skip

    def draw(self, indices: np.ndarray) -> Draw:
        """The random numbers of a batch."""
        done = self.now.step / self.now.total_steps if self.now.total_steps else 0.0
        return Draw(self.s.seed, self.now.epoch, self.data.keys[indices], done)

    def set_rate(self, step: int) -> None:
        """Scale each group's peak learning rate; while a budget is being measured, as if there were ten epochs."""
        now = self.now
        done = step / (now.total_steps or 10 * self.per_epoch + STEPS_TO_MEASURE)
        for optimizer in self.opts:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * self.schedule(done)

    def step(self, losses: Tensor, weights: Tensor) -> None:
        """Backward and step: the mean over the *global* batch, however many processes share it."""
        weight = distributed.summed(weights.sum())
        weight = torch.where(weight > 0, weight, 1.0)  # where all targets are unknown there is no gradient, and no NaN
        loss = losses.sum() * distributed.size() / weight
        loss.backward()  # the gradients are then averaged over the processes
        clip_gradient(self.net, self.s.grad_clip or 0.0)
        for optimizer in self.opts:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if self.watched:
            self.health.step(loss)
        self.sums += torch.stack([losses.detach().sum(), weights.sum()]).to(self.sums.dtype)

    def look_up(self) -> None:
        """Every few steps: is the loss still a number, is it time to save, did the user ask to stop?

        Raises:
            Interrupted: the user did; the state is saved.
        """
        now = self.now
        if now.total_steps is None:
            dev_share = len(self.data.dev) / len(self.data.train)
            now.total_steps = distributed.from_main(
                lambda: self.clock.steps_that_fit(now.step, self.per_epoch, dev_share)
            )
            self.saved = -math.inf if now.total_steps else self.saved  # what was measured is kept at once
        if now.step % self.steps_between_looks:
            return
        late = time.monotonic() - self.saved > SECONDS_BETWEEN_CHECKPOINTS
        broken, late, asked = distributed.any_of(
            not math.isfinite(float(self.sums[0])), late and distributed.is_main(), self.watcher.stop_requested()
        )
        if broken:
            now.stopped = f"the loss became infinite or undefined in epoch {now.epoch}, at step {now.step}"
        elif (late or asked) and not self.finished():
            self.save()
            if asked:
                raise Interrupted

    def close_epoch(self) -> None:
        """One look at dev; the best weights and a checkpoint are kept."""
        now = self.now
        loss, weight = distributed.summed(self.sums).tolist()
        if not weight:
            raise UserError("no training example counts: give targets that are known, and a --source-weight above 0")
        record: dict[str, Any] = {"epoch": now.epoch, "step": now.step, "train_loss": loss / weight}
        record["lr"] = self.opts[-1].param_groups[0]["lr"]
        figures = self.look_at_dev() if math.isfinite(loss) else {}
        if not math.isfinite(loss) or not (figures or self.answers()):
            self.diverged({**record, "train_loss": None}, "loss")
            return
        if not all(map(math.isfinite, figures.values())):
            what = "loss" if not math.isfinite(figures["dev_loss"]) else self.task.metric.name
            self.diverged(record | dict.fromkeys(figures), f"{what} on dev")
            return
        record |= figures | self.look_through_time()
        record["seconds"] = time.monotonic() - self.began
        if not len(self.data.dev) or record["dev_metric"] < now.best:
            now.best, now.best_epoch = record.get("dev_metric", math.inf), now.epoch
            self.keeping.best(self.net)
        now.history.append(record)
        if len(self.data.dev) and self.stopping.should_stop(now.epoch, now.best_epoch):
            now.stopped = f"no better dev figure for {self.s.patience} epochs"
        now.epoch, now.batch, self.state = now.epoch + 1, 0, None
        self.sums = self.to_add(0.0, 0.0)
        self.save()
        self.watcher.end_epoch(record, self.task.metric)

    def diverged(self, record: dict[str, Any], what: str) -> None:
        """End the training: the weights of this epoch are worth nothing. The record has None for NaN, as JSON has."""
        self.now.stopped = self.now.stopped or f"the {what} became infinite or undefined in epoch {self.now.epoch}"
        self.now.history.append({**record, "seconds": time.monotonic() - self.began})

    def answers(self) -> bool:
        """Whether the loss on some training examples is finite after the last step, where there is no dev to tell."""
        with self.health.pause() if self.watched else nullcontext():
            return all(map(math.isfinite, self.judge(self.data.train[:64]).losses))

    def look_at_dev(self) -> dict[str, float]:
        """Loss and metric on dev, if there is one."""
        if not len(self.data.dev):
            return {}
        return outcome_figures(self.task, self.data.dev_examples, self.judge(self.data.dev))

    def judge(self, indices: np.ndarray) -> Outcome:
        """What the net makes of these examples of the store."""
        distributed.same_buffers(self.net)
        return evaluate(self.net, self.task, self.data.store, indices, device=self.device, precision=self.precision)

    def look_through_time(self) -> dict[str, float]:
        """How far back the gradient of a recurrent net reaches, on the longest of a few training examples."""
        if not self.watched:
            return {}
        with self.health.pause():
            return reach(self.net, self.task, self.data.store, self.data.train[:64], self.device)

    def to_add(self, loss: float, weight: float) -> Tensor:
        """Where the epoch's losses and weights are summed, on the device; what was summed before counts once."""
        exact = torch.float32 if self.device == "mps" else torch.float64
        before = [loss, weight] if distributed.is_main() else [0.0, 0.0]
        return torch.tensor(before, dtype=exact, device=self.device)  # (2,)

    def save(self) -> None:
        """Keep the state, to go on from it."""
        self.now.loss_sum, self.now.weight_sum = distributed.summed(self.sums).tolist()
        self.keeping.save(self.net, self.opts, vars(self.now), self.state)
        self.keeping.tell(self.health, at_once=self.watcher.stop_requested())
        self.saved = time.monotonic()

    def end(self) -> Progress:
        """Leave the net with the best weights; where none were kept yet, with the last good ones."""
        self.keeping.end(self.net, self.opts, broken=bool(self.now.stopped))
        self.keeping.tell(self.health, at_once=True)
        return self.now


def seed_dropout(seed: int, device: str) -> None:
    """Seed what is random in one step. `torch.manual_seed` asks every kind of device in turn, which costs 0.5 ms."""
    torch.default_generator.manual_seed(seed)
    if device.startswith("cuda"):
        torch.cuda.manual_seed(seed)
    elif device == "mps":
        torch.mps.manual_seed(seed)
