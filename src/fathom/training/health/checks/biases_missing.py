"""A net in which nothing is ever added.

Layers without biases, and activations that give 0 for 0, answer 0 to 0. With ReLUs such a net knows only the direction
of its input: of an input twice as large its answer is twice as large. With tanhs the answer to the opposite input is
the opposite answer. Where a normalization with a bias stands between, none of this holds.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.checks.stagnating_loss import StagnatingLoss
from fathom.training.health.signals import Signals


class BiasesMissing(Check):
    """No layer has a bias, and the loss hardly falls."""

    name: ClassVar[str] = "biases_missing"
    severity = "warning"
    lesson: ClassVar[str] = "activations"
    meaning: ClassVar[str] = (
        "Without biases the answer to 0 is always 0, and each unit turns on at the origin only. A net of ReLUs then "
        "knows the direction of its input, but not how far it lies from the middle."
    )
    advice: ClassVar[str] = (
        "Leave bias=True (the default) in the linear and convolutional layers, or put a normalization layer with a "
        "bias behind each."
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss",)

    def run(self, signals: Signals) -> Detection | None:
        """It has none, and what is left is that nothing is learned."""
        stuck = StagnatingLoss().run(signals) if signals.details.has_no_bias else None
        if stuck is None:
            return None
        title = f"no layer of the net has a bias, so its answer to 0 is always 0, and {stuck.title}"
        return Detection(title, stuck.evidence)
