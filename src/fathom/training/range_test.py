"""The learning-rate range test: raise the rate from tiny to huge within a hundred steps, and see where the loss falls.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (2017). The rate that is proposed lies in the middle
of the longest fall of the smoothed loss, before it turns up. Where there is no clear fall it says so and proposes
nothing.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from fathom.data.keyed import step_seed
from fathom.records import Settings
from fathom.task import Task
from fathom.training import optimizers
from fathom.training.batching import epoch_batches, gather
from fathom.training.evaluation import autocast, call, to_device
from fathom.training.loop import Data, seed_dropout

LOW, HIGH, STEPS = 1e-6, 10.0, 100
SMOOTH = 0.9
"""Weight of the past in the running mean of the loss, corrected for its start."""

TURNED = 3.0
"""Times the smallest smoothed loss at which the test is over."""

CLEAR = 0.05
"""Share of its first value by which the smoothed loss must fall."""


@dataclass(frozen=True)
class Ranged:
    """What the test found.

    Attributes:
        rate: to use, or None.
        why: in words, where there is none.
        rates, losses: the curve, smoothed.
    """

    rate: float | None
    why: str
    rates: tuple[float, ...]
    losses: tuple[float, ...]


def range_test(net: nn.Module, task: Task, data: Data, settings: Settings) -> Ranged:
    """Run the test on a copy of the net; the net itself and all random numbers are left as they are.

    Args:
        net: as initialized.
        task: gives the loss.
        data: the encoded examples; only train is used.
        settings: optimizer, batch size, device and seed.
    """
    trial, device = copy.deepcopy(net).train(), settings.device or "cpu"
    opts = optimizers.build(trial, settings.optimizer or "adamw", 1.0, 0.0)
    peaks = [[group["peak"] for group in o.param_groups] for o in opts]
    rates: list[float] = []
    losses: list[float] = []
    running = 0.0
    generator = torch.random.get_rng_state()
    batches = _batches(task, data, settings)
    for step in range(STEPS):
        rate = LOW * (HIGH / LOW) ** (step / (STEPS - 1))
        for o, own in zip(opts, peaks, strict=True):
            for group, peak in zip(o.param_groups, own, strict=True):
                group["lr"] = rate * peak
        seed_dropout(step_seed(settings.seed, step), device)
        with torch.no_grad():
            batch = task.prepare(to_device(gather(task, data.store, next(batches)), device), None)
        with autocast(device, settings.precision or "fp32"):
            output, _ = call(trial, task, batch, None)
        values, weights = task.loss(output, batch)  # (batch,), (batch,)
        loss = values.sum() / weights.sum()
        loss.backward()
        for o in opts:
            o.step()
            o.zero_grad(set_to_none=True)
        running = SMOOTH * running + (1 - SMOOTH) * float(loss.detach())
        smoothed = running / (1 - SMOOTH ** (step + 1))
        if not math.isfinite(smoothed) or (losses and smoothed > TURNED * min(losses)):
            break
        rates.append(rate)
        losses.append(smoothed)
    torch.random.set_rng_state(generator)
    return _valley(rates, losses)


def _batches(task: Task, data: Data, settings: Settings) -> Iterator[np.ndarray]:
    """Batches of train without end."""
    epoch = 0
    while True:
        yield from epoch_batches(
            task, data.store, data.keys, data.train, size=settings.batch_size or 1, seed=settings.seed, epoch=epoch
        )
        epoch += 1


def _valley(rates: list[float], losses: list[float]) -> Ranged:
    """The middle, on a log scale, of the longest fall, a third of the way down to where the loss is smallest."""
    curve = tuple(rates), tuple(losses)
    if len(losses) < 20:
        return Ranged(None, "the loss rose at once", *curve)
    values = np.array(losses)
    lowest = int(values.argmin())
    begun = float(values[:10].max())
    if begun - float(values[lowest]) < CLEAR * abs(begun):
        return Ranged(None, "the loss did not fall clearly at any rate", *curve)
    half = begun - 0.5 * (begun - float(values[lowest]))
    middle = int(np.flatnonzero(values[: lowest + 1] <= half)[0])
    return Ranged(float(f"{rates[middle]:.2g}"), "", *curve)
