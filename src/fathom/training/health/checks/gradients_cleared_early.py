"""Gradients of several batches that are meant to be added up, and are cleared between."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS = 3
"""Steps on which it must be so."""


class GradientsClearedEarly(Check):
    """Of several batches to a step only the last one counts."""

    name: ClassVar[str] = "gradients_cleared_early"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = (
        "The gradients of all backward passes but the last are cleared before the step. So each step costs "
        "several passes and uses one."
    )
    advice: ClassVar[str] = (
        "Call optimizer.zero_grad() once after each optimizer.step(), not before each backward pass."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "low_learning_rate", "oscillating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """On all steps that were looked at, and had several passes."""
        looks = signals.passes_cleared
        if len(looks) < MIN_LOOKS or min(looks) < 0:
            return None
        passes = looks[-1]
        title = (
            f"of {passes} backward passes per step only the last one counts: the gradients are cleared before each, "
            "not accumulated"
        )
        return Detection(title, {"passes": passes, "looks": len(looks)})
