"""A quantile loss of absolute errors, which asks for the median at each level."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class AbsoluteQuantiles(Check):
    """The error of a quantile loss has lost its sign."""

    name: ClassVar[str] = "absolute_quantiles"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "A quantile loss weighs errors above and below differently. Of absolute errors none is below 0, so each answer "
        "becomes the median, whatever its level."
    )
    advice: ClassVar[str] = (
        "Take the error with its sign: error = target - output, then maximum(q * error, (q - 1) * error)."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished",)

    def run(self, signals: Signals) -> Detection | None:
        """As the graph of the loss shows."""
        if not signals.details.takes_sides_of_absolute:
            return None
        return Detection("the quantile loss is given absolute errors: all its answers are the median", {})
