"""A net that is surely wrong before the first step.

This is a symptom: where another check has found the cause, it is left out.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import uniform_loss
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

STEPS_TO_UNLEARN = 10
"""Steps within which a wrong beginning that is soon put right does no harm."""


class WrongInitialLoss(Check):
    """Before the first step the net is surely wrong, rather than undecided."""

    name: ClassVar[str] = "wrong_initial_loss"
    severity = "warning"
    lesson: ClassVar[str] = "initialization"
    meaning: ClassVar[str] = (
        "An untrained net should give all classes about the same probability. This one starts confident and "
        "wrong, and must unlearn that first."
    )
    advice: ClassVar[str] = "Initialize the last layer with small weights, and standardize the inputs."

    def run(self, signals: Signals) -> Detection | None:
        """Compare with the logarithm of the number of classes."""
        known, first = uniform_loss(signals), signals.losses.first
        begun = (
            signals.losses.values[STEPS_TO_UNLEARN : 2 * STEPS_TO_UNLEARN]
            if signals.losses.steps_per_value == 1
            else []
        )
        if begun and float(np.mean(begun)) < known:
            return None  # it was unlearned within a few steps
        if (
            signals.pretrained
            or signals.rests_on_trained_weights
            or signals.classes < 2
            or signals.loss_kind != "cross-entropy"
            or not math.isfinite(known)
        ):
            return None
        if not first > 2 * known + 2:
            return None
        title = f"the first loss is {first:.3g}; undecided between {signals.classes} classes it would be {known:.2g}"
        return Detection(title, {"first": first, "undecided": known})
