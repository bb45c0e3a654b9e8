"""A log_softmax of what is the result of a log_softmax: the second one changes nothing."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class RepeatedLogSoftmax(Check):
    """The loss takes a log_softmax once more."""

    name: ClassVar[str] = "repeated_log_softmax"
    severity = "note"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "log_softmax is applied twice. The probabilities stay the same, but the outputs are not logits, as "
        "others expect of a net with this loss."
    )
    advice: ClassVar[str] = "Remove log_softmax from the net, or use nll_loss instead of cross_entropy."

    def run(self, signals: Signals) -> Detection | None:
        """What the graph of the loss showed."""
        if not signals.is_log_softmax_repeated:
            return None
        return Detection("the loss applies log_softmax to the result of a log_softmax; it does no harm")
