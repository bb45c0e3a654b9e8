"""A schedule that ends where it should begin: the rate has come down, and is high again at the end.

The cosine goes up again after half a wave. Where its length is less than the training is long, the rate swings, and
the last steps may be the longest (Loshchilov & Hutter, "SGDR", 2017, restart so on purpose, and end at the bottom).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, may_be_negative
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS = 50
"""Of a training."""

MAX_LOW_SHARE, MIN_END_SHARE = 0.2, 0.45
"""Of the highest rate: to what it must have come down in between, and at what it ends."""

MIN_LOSS_RATIO = 1.1
"""Times by which the loss at the end lies above that of the steps with the lowest rate: it was better before."""

MIN_PART = 10
"""Losses that are averaged, or a thirtieth of all."""

MIN_PEAKS, MAX_SHARE_OF_AN_EPOCH = 8, 0.5
"""Swings that are counted, and how long one is beside an epoch, where a schedule in epochs is stepped with batches."""


class RateClimbsAgain(Check):
    """The rate ends near its highest, though it had come down; or it swings within an epoch."""

    name: ClassVar[str] = "rate_climbs_again"
    lesson: ClassVar[str] = "schedules"
    meaning: ClassVar[str] = (
        "The schedule is shorter than the training, so the rate rises again. The last steps are long, and undo what "
        "the short steps before had reached."
    )
    advice: ClassVar[str] = (
        "Give the cosine as T_max the number of times that you call scheduler.step() (epochs or batches). With "
        "restarts, end the training at the end of a cycle. The rate must be low at the end."
    )
    severity = "warning"
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "oscillating_loss", "diverging_loss", "unfinished", "low_learning_rate",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The rates, and the loss where they were lowest beside that at the end."""
        rates, losses = np.array(signals.details.rates), signals.losses
        if losses.steps < MIN_STEPS or len(rates) < 20 or not np.isfinite(rates).all():
            return None
        return _swings(signals, rates) or _ends_high(signals, rates)


def _ends_high(signals: Signals, rates: NDArray[np.float64]) -> Detection | None:
    """Down, and up again."""
    if has_several_passes_per_step(signals) or may_be_negative(signals):
        return None
    top, first = float(rates.max()), int(np.argmax(rates >= 0.9 * rates.max()))
    lowest = len(rates) - 1 - int(np.argmin(rates[first:][::-1]))  # the last time that it was so low
    low, last = float(rates[lowest]), float(rates[-1])
    if low > MAX_LOW_SHARE * top or last < MIN_END_SHARE * top:
        return None
    values = np.array(signals.losses.values)
    part, at = max(MIN_PART, len(values) // 30), round((lowest + 0.5) / len(rates) * len(values))
    then, now = float(values[max(0, at - part) : at + 1].mean()), float(values[-part:].mean())
    if not math.isfinite(now) or not now > MIN_LOSS_RATIO * then:
        return None
    title = (
        f"the learning rate is high again at the end: it fell from {top:.3g} to {low:.3g}, and climbs to {last:.3g}; "
        f"the loss was {then:.3g} then, and is {now:.3g} at the end"
    )
    return Detection(title, {"highest": top, "lowest": low, "last": last, "then": then, "now": now})


def _swings(signals: Signals, rates: NDArray[np.float64]) -> Detection | None:
    """Up and down several times in an epoch."""
    gaps = [b - a for a, b in pairwise(signals.evaluation_steps) if b > a]
    if len(gaps) < 2 or signals.details.steps_per_rate > 2:
        return None
    middle = rates[1:-1]
    peaks = np.flatnonzero((middle > rates[:-2]) & (middle >= rates[2:]))
    deep = rates.min() < MAX_LOW_SHARE * rates.max()
    if len(peaks) < MIN_PEAKS or not deep:
        return None
    period = float(np.median(np.diff(peaks))) * signals.details.steps_per_rate
    if period > MAX_SHARE_OF_AN_EPOCH * float(np.median(gaps)):
        return None
    title = (
        f"the learning rate swings up and down every {period:.0f} steps, {len(peaks)} times so far: a schedule that "
        "counts epochs is stepped with each batch"
    )
    return Detection(title, {"period": period, "peaks": len(peaks)})
