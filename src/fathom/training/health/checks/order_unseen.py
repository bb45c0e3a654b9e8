"""A net with attention for which the words of a row have no order."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

LEARNED_SHARE = 0.5
"""A loss that ends below this share of the baseline was learned from the words alone: order hardly matters."""

LITTLE_SHARE, FLAT_SHARE = 0.75, 0.95
"""Above this share of the baseline little was learned yet; and a loss that ends above this share of what it was in the
middle has come to an end. Where much was learned, and still is, the words tell what is asked without their order.
"""


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
        windows, known = signals.losses.windows(10), baseline_loss(signals)
        end, goes_on = float(windows[-1]), float(windows[-1]) < FLAT_SHARE * float(windows[len(windows) // 2])
        if end < LEARNED_SHARE * known or (goes_on and end < LITTLE_SHARE * known):
            return None
        alike = f"read backwards, they are answered alike ({len(seen)} times)"
        title = f"the order of the words does not matter to the net, since there are no position codes: {alike}"
        return Detection(title, {"asked": len(seen)})
