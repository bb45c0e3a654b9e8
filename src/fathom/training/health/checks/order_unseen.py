"""A net with attention for which the words of a row have no order."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

LEARNED_SHARE = 0.5
"""A loss that ends below this share of the baseline was learned from the words alone: order hardly matters."""


class OrderUnseen(Check):
    """Rows of words are answered alike when they stand backwards."""

    name: ClassVar[str] = "order_unseen"
    severity = "warning"
    lesson: ClassVar[str] = "attention"
    meaning: ClassVar[str] = (
        "Attention compares words but does not know their positions. Without position codes a text is an "
        "unordered set of words (Vaswani et al. 2017)."
    )
    advice: ClassVar[str] = (
        "Add position codes to the embeddings before the first attention layer: sinusoids, or a learned "
        "vector for each position."
    )
    explains: ClassVar[tuple[str, ...]] = ("labels_unrelated", "stagnating_loss", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """Each time that it was asked, where the net has not learned without it."""
        seen = signals.order_unseen
        if len(seen) < 2 or not all(seen):
            return None
        if float(signals.losses.windows(10)[-1]) < LEARNED_SHARE * baseline_loss(signals):
            return None
        alike = f"read backwards, they are answered alike ({len(seen)} times)"
        title = f"the order of the words does not matter to the net, since there are no position codes: {alike}"
        return Detection(title, {"asked": len(seen)})
