"""A loss that ends well above where it had been.

This is a symptom: where another check has found the cause, it is left out.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import highest_baseline_loss
from fathom.training.health.analysis.loss_assumptions import may_be_negative, may_rise
from fathom.training.health.analysis.update_size import typical_update
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_RISE_FROM_LOWEST = 2.0
"""The loss at the end against its lowest part."""


class DivergingLoss(Check):
    """The loss ends well above where it had been."""

    name: ClassVar[str] = "diverging_loss"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "The loss was lower earlier in the training and has risen since."
    advice: ClassVar[str] = (
        "Lower the learning rate, use a schedule that lowers it towards the end, or clip the gradient (--grad-clip 1)."
    )
    explains: ClassVar[tuple[str, ...]] = ("oscillating_loss", "stagnating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """The last tenth against the lowest tenth, where it matters beside the first loss."""
        parts = signals.losses.windows(10)
        if signals.losses.steps < 50 or len(parts) < 10 or not np.isfinite(parts).all() or may_be_negative(signals):
            return None
        low, last, start = float(parts.min()), float(parts[-1]), highest_baseline_loss(signals)
        if may_rise(signals, typical_update(signals)):
            return None
        if last < MIN_RISE_FROM_LOWEST * low or last - low < 0.3 * start:
            return None
        return Detection(f"the mean loss fell to {low:.3g} and rose again to {last:.3g}", {"lowest": low, "last": last})
