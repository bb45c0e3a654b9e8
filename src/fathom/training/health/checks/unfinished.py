"""A training that was stopped while it still learned fast.

Two ways to see it: the loss falls steeply up to the end at a rate that had not come down; or the net was judged a few
times only, and the loss fell by a good part from the second quarter of the steps to the last. So early the training
loss is that of examples which the net has hardly seen before, so that its fall is no learning by heart. Of the short
trainings that are called so, nearly all make at least a tenth fewer mistakes after three times the epochs
(``benchmarks/coach/lengths.py`` counts them, on the sets on which the bounds were chosen).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Seen
from fathom.training.health.signals import Signals

PROGRESS, OF_ITSELF = 0.2, 0.2
"""Shares of the first loss, and of what is left of it, by which the last third must have fallen."""

SURE = 3.5
"""Standard errors of the slope."""

ANNEALED = 0.5
"""A rate below this share of its highest has come down: the end was planned."""

FEW_LOOKS = 5
"""Times that the net was judged up to which a training is short."""

SHORT: tuple[tuple[int, float, float, float], ...] = (
    (19, 0.03, 0.5, 0.0),
    (160, 0.02, 0.5, 6.0),
    (100, 0.08, 0.2, 6.0),
    (400, 0.2, 0.1, 4.0),
)
"""Steps up to which it is; share by which the last quarter lies below the second; share of chance that is left; and
standard errors of the fall. Within twenty steps hardly any net has learned what it can, whatever the noise.
"""

FEWEST, FEWEST_FOR_A_LINE = 4, 20
"""Steps below which nothing is told."""


class Unfinished(Check):
    """The loss was still falling steeply at the end."""

    name: ClassVar[str] = "unfinished"
    cause: ClassVar[str] = "stopped too early"
    severity = "note"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "The training was stopped in the middle of learning: what it reached says little of the net."
    )
    advice: ClassVar[str] = "Train for more epochs, and let the rate come down towards the end."

    def look(self, signals: Signals) -> Seen | None:
        """A line through the last third, or the last quarter of a short training against its second."""
        losses = signals.losses
        if signals.several() or signals.signed() or losses.steps < FEWEST or losses.lost is not None:
            return None
        return (_steep(signals) if losses.steps >= FEWEST_FOR_A_LINE else None) or _short(signals)


def _steep(signals: Signals) -> Seen | None:
    """A line through the last third falls by more than its noise, and by a good part of the first loss."""
    values, rates = np.array(signals.losses.values), [look.rate for look in signals.looks]
    if not rates or not np.isfinite(rates).all() or rates[-1] < ANNEALED * max(rates):
        return None
    late = values[-max(10, len(values) // 3) :]
    x = np.arange(len(late)) - (len(late) - 1) / 2
    slope = float((x * late).sum() / (x * x).sum())
    rest = late - late.mean() - slope * x
    error = float(np.sqrt((rest**2).sum() / (len(late) - 2) / (x * x).sum()))
    fall = -slope * len(late)
    if fall < PROGRESS * signals.losses.first or slope > -SURE * error:
        return None
    if fall < OF_ITSELF * late.mean():
        return None
    begun, ended = late.mean() + fall / 2, max(late.min(), late.mean() - fall / 2)
    title = f"the loss still fell from {begun:.3g} to {ended:.3g} in the last {len(late) * signals.losses.per} steps"
    return Seen(title, {"fall": fall, "slope": slope, "standard_error": error})


def _short(signals: Signals) -> Seen | None:
    """The last quarter of the losses against the second quarter, where the net was judged a few times only."""
    losses = signals.losses
    values = np.array(losses.values)
    if not 1 <= signals.judged <= FEW_LOOKS or signals.pretrained:
        return None
    before, after = values[len(values) // 4 : len(values) // 2], values[3 * len(values) // 4 :]
    error = math.sqrt(sum(float(part.var(ddof=1)) / len(part) for part in (before, after) if len(part) > 1))
    fall = float(before.mean() - after.mean())
    whole = signals.knowing_nothing()
    if not any(
        losses.steps <= most
        and fall >= share * before.mean()
        and after.mean() >= least * whole
        and fall >= sure * error
        for most, share, least, sure in SHORT
    ):
        return None
    title = (
        f"the loss still fell from {before.mean():.3g} in the second quarter of {losses.steps} steps to "
        f"{after.mean():.3g} in the last"
    )
    return Seen(title, {"fall": fall, "standard_error": error, "judged": signals.judged})
