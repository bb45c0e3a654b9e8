"""The learning-rate range test: raise the rate from tiny to huge within a hundred steps, and see where the loss falls.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (2017). The rate that is proposed lies in the middle
of the longest fall of the smoothed loss, before it turns up. Where there is no clear fall it says so and proposes
nothing.

Batches differ in how hard they are, and at the low rates that alone moves the loss. So what is followed is how far the
loss of each batch lies from that of the untrained net on the same batch: at the lowest rates nothing but 0.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from fathom.data.counter_rng import step_seed
from fathom.records import Settings
from fathom.task import Batch, Task
from fathom.training import optimizers
from fathom.training.batching import epoch_batches, gather
from fathom.training.evaluation import autocast, call_net, to_device
from fathom.training.regularization import seed_dropout
from fathom.training.training_data import TrainingData

_MIN_RATE, _MAX_RATE, _STEPS = 1e-6, 10.0, 100
_SMOOTHING = 0.9
"""Weight of the past in the running mean of the loss, corrected for its start."""

_DIVERGED_AT = 3.0
"""Times the smallest smoothed loss at which the test is over."""

_MIN_FALL_SHARE = 0.03
"""Share of the untrained net's loss by which the smoothed loss must fall."""

_MIN_FALL_ERRORS = 6.0
"""Standard errors of the untrained net's loss by which it must fall. A net that unlearns its first guesses, or learns a
few labels by heart, brings the loss down as well; but not by much more than its guesses made the batches differ."""

_SMOOTHING_WINDOW = 19
"""Batches that the running mean amounts to: (1 + `_SMOOTHING`) / (1 - `_SMOOTHING`)."""


@dataclass(frozen=True)
class RangeTestResult:
    """What the test found.

    Attributes:
        rate: to use, or None.
        why: in words, where there is none.
        rates, losses: the curve: the loss of the untrained net, and what training has made of it, smoothed.
    """

    rate: float | None
    why: str
    rates: tuple[float, ...]
    losses: tuple[float, ...]


def range_test(net: nn.Module, task: Task, data: TrainingData, settings: Settings) -> RangeTestResult:
    """Run the test on a copy of the net; the net itself and all random numbers are left as they are.

    Args:
        net: as initialized.
        task: gives the loss.
        data: the encoded examples; only train is used.
        settings: optimizer, batch size, device and seed.
    """
    trial, untrained = copy.deepcopy(net).train(), copy.deepcopy(net).train()
    opts = optimizers.build_optimizers(trial, settings.optimizer or "adamw", 1.0, 0.0)
    peaks = [[group["peak"] for group in o.param_groups] for o in opts]
    rates: list[float] = []
    smoothed: list[float] = []  # what training makes of the loss
    before: list[float] = []
    running = 0.0
    generator = torch.random.get_rng_state()
    batches = _batches(task, data, settings)
    for step in range(_STEPS):
        rate = _MIN_RATE * (_MAX_RATE / _MIN_RATE) ** (step / (_STEPS - 1))
        for o, own in zip(opts, peaks, strict=True):
            for group, peak in zip(o.param_groups, own, strict=True):
                group["lr"] = rate * peak
        with torch.no_grad():
            batch = task.prepare(to_device(gather(task, data.store, next(batches)), settings.device or "cpu"), None)
            before.append(float(_loss(untrained, task, batch, settings, step)))
        loss = _loss(trial, task, batch, settings, step)
        loss.backward()
        for o in opts:
            o.step()
            o.zero_grad(set_to_none=True)
        running = _SMOOTHING * running + (1 - _SMOOTHING) * (float(loss.detach()) - before[-1])
        change, level = running / (1 - _SMOOTHING ** (step + 1)), float(np.mean(before))
        if not math.isfinite(level + change) or (smoothed and level + change > _DIVERGED_AT * (level + min(smoothed))):
            break
        rates.append(rate)
        smoothed.append(change)
    torch.random.set_rng_state(generator)
    return _find_rate(rates, smoothed, before[: len(rates)])


def _loss(net: nn.Module, task: Task, batch: Batch, settings: Settings, step: int) -> torch.Tensor:
    """The mean loss of a batch; what is dropped out depends on the step alone."""
    device = settings.device or "cpu"
    seed_dropout(step_seed(settings.seed, step), device)
    with autocast(device, settings.precision or "fp32"):
        output, _ = call_net(net, task, batch, None)
    values, weights = task.loss(output, batch)  # (batch,), (batch,)
    return values.sum() / weights.sum()


def _batches(task: Task, data: TrainingData, settings: Settings) -> Iterator[np.ndarray]:
    """Batches of train without end."""
    epoch = 0
    while True:
        yield from epoch_batches(
            task, data.store, data.keys, data.train, size=settings.batch_size or 1, seed=settings.seed, epoch=epoch
        )
        epoch += 1


def _find_rate(rates: list[float], smoothed: list[float], before: list[float]) -> RangeTestResult:
    """The rate at which half of the fall is done, once a quarter of it is done for good.

    Args:
        rates: of each step.
        smoothed: what training made of the loss, as a running mean.
        before: the untrained net's loss on each step's batch.
    """
    values, level = np.array(smoothed), float(np.mean(before or [0.0]))
    curve = tuple(rates), tuple((level + values).tolist())
    if len(values) < 20:
        return RangeTestResult(None, "the loss rose at once", *curve)
    lowest = int(values.argmin())
    fall = -float(values[lowest])
    if fall <= _MIN_FALL_SHARE * abs(level):
        return RangeTestResult(None, "the loss did not fall clearly at any rate", *curve)
    if fall < _MIN_FALL_ERRORS * float(np.std(before)) / math.sqrt(_SMOOTHING_WINDOW):
        return RangeTestResult(None, "the loss fell by little more than it differs from batch to batch", *curve)
    begun = int(np.flatnonzero(np.append(0.0, values[: lowest + 1]) > -0.25 * fall)[-1])  # from here on it is lower
    middle = begun + int(np.flatnonzero(values[begun : lowest + 1] <= -0.5 * fall)[0])
    return RangeTestResult(float(f"{rates[middle]:.2g}"), "", *curve)
