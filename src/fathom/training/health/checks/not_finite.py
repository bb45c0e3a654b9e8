"""A loss that is no finite number.

This is a symptom: where another check has found the cause, it is left out.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class NotFinite(Check):
    """The loss is no number."""

    name: ClassVar[str] = "not_finite"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "Weights or inputs are infinite or NaN. The net cannot learn any more."
    advice: ClassVar[str] = (
        "Check that the inputs hold no NaN and that nothing divides by 0. Take no logarithm or root of 0: "
        "clamp its input, or use a loss of logits such as binary_cross_entropy_with_logits. Then lower the "
        "learning rate."
    )

    def run(self, signals: Signals) -> Detection | None:
        """The first step at which it happened."""
        lost, (cause, line) = signals.losses.first_nonfinite_step, signals.nonfinite_cause
        if lost is None:
            return None
        title = f"the loss is not finite at step {lost + 1}"
        if cause:
            title += f": the likeliest cause is {cause}" + (f" at {line}" if line else "")
        return Detection(title, {"step": lost, "cause": cause, "line": line})
