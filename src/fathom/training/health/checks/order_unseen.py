"""A net with attention for which the words of a row have no order."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class OrderUnseen(Check):
    """Rows of words are answered alike when they stand backwards."""

    name: ClassVar[str] = "order_unseen"
    severity = "warning"
    lesson: ClassVar[str] = "attention"
    meaning: ClassVar[str] = (
        "Attention compares words and does not see where they stand: without a code of positions a text is a set of "
        "words (Vaswani et al. 2017)."
    )
    advice: ClassVar[str] = (
        "Add positions to the embedded words before the first attention: sines, or one learned vector for each place."
    )
    explains: ClassVar[tuple[str, ...]] = ("labels_unrelated", "stagnating_loss", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """Each time that it was asked."""
        seen = signals.order_unseen
        if len(seen) < 2 or not all(seen):
            return None
        alike = f"read backwards, they are answered alike ({len(seen)} times)"
        title = f"the order of the words does not matter to the net, as it has no code of their positions: {alike}"
        return Detection(title, {"asked": len(seen)})
