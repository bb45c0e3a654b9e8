"""Gradients that are clipped, or changed otherwise, when the step has used them."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_CHANGED = 3
"""Steps at which that was seen; a small gradient is not clipped."""


class ClippedTooLate(Check):
    """What is done to the gradients between the step and the next pass is lost."""

    name: ClassVar[str] = "clipped_too_late"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "The gradient was clipped or scaled after the optimizer had used it. So the clipping does nothing."
    )
    advice: ClassVar[str] = "Call clip_grad_norm_ after loss.backward() and before optimizer.step()."
    explains: ClassVar[tuple[str, ...]] = (
        "exploding_gradients", "high_learning_rate", "diverging_loss", "oscillating_loss", "not_finite",
        "vanishing_through_time",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """As often as that was seen, of the steps that were looked at."""
        asked, changed = signals.changed_after_step
        if changed < MIN_CHANGED:
            return None
        title = f"the gradients are clipped after the optimizer's step, at {changed} of {asked} steps looked at"
        return Detection(title, {"changed": changed, "looks": asked})
