"""A training that was stopped while it still learned fast, at a rate that had not come down."""

from __future__ import annotations

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
        """A line through the last third: it falls by more than its noise, and by a good part of the first loss."""
        values, rates = np.array(signals.losses.values), [look.rate for look in signals.looks]
        if (
            not rates
            or signals.several()
            or signals.losses.steps < 20
            or signals.losses.lost is not None
            or not np.isfinite(rates).all()
        ):
            return None
        if rates[-1] < ANNEALED * max(rates):
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
        begun, ended = late.mean() + fall / 2, late.mean() - fall / 2
        title = (
            f"the loss still fell from {begun:.3g} to {ended:.3g} in the last {len(late) * signals.losses.per} steps"
        )
        return Seen(title, {"fall": fall, "slope": slope, "standard_error": error})
