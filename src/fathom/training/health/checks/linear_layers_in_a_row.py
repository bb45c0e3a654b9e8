"""Linear layers in a row, with no non-linear function between: whatever their number, they are one."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

LEARNED_SHARE = 0.05
"""A loss that ends below this share of what knowing nothing costs needs no more."""

MAX_NAMES = 3
"""Pairs that are named."""


class LinearLayersInARow(Check):
    """A layer reads what another one says, with nothing between them that bends it."""

    name: ClassVar[str] = "linear_layers_in_a_row"
    severity = "warning"
    lesson: ClassVar[str] = "activations"
    meaning: ClassVar[str] = (
        "Two linear layers without an activation between them are one linear layer: the product of two "
        "matrices is a matrix."
    )
    advice: ClassVar[str] = "Put a ReLU or GELU between them, or remove one of them."

    def run(self, signals: Signals) -> Detection | None:
        """What the graph of the first answer showed."""
        pairs, losses = signals.linear_pairs, signals.losses
        ended = float(losses.windows(10)[-1])
        if not pairs or signals.pretrained or ended < LEARNED_SHARE * baseline_loss(signals):
            return None
        shown = "; ".join(f"{a or 'the net'} and {b or 'the net'}" for a, b in pairs[:MAX_NAMES])
        more = f" and {len(pairs) - MAX_NAMES} more pairs" if len(pairs) > MAX_NAMES else ""
        title = f"there is no activation function between {shown}{more}: they are one layer together"
        return Detection(title, {"pairs": [list(pair) for pair in pairs]})
