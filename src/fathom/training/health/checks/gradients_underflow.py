"""Gradients that half precision makes 0, since nothing scales the loss (Micikevicius et al. 2018)."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS, MIN_SHARE = 4, 0.8
"""Snapshots on which it must be so, and their share of those looked at."""

MIN_LOST = 0.1
"""Of the largest gradient: numbers that are 0."""

HIGH_SHARE = 0.3
"""Of the first loss, at the end."""


class GradientsUnderflow(Check):
    """Gradients are 0 or a few times the smallest number of half precision."""

    name: ClassVar[str] = "gradients_underflow"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "In half precision (float16) small gradients are rounded to 0. What is lost there trains nothing."
    )
    advice: ClassVar[str] = "Scale the loss with torch.amp.GradScaler, or use bfloat16, which has the range of float32."
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished",
        "untrained_layers", "input_unread", "gradients_zero", "dead_units", "loss_divided",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On nearly all snapshots; and the loss is still high."""
        looks = [one for one in signals.snapshots if one.layers]
        lost = [one.details.underflow for one in looks if one.details.underflow >= MIN_LOST]
        if len(lost) < max(MIN_SNAPSHOTS, MIN_SHARE * len(looks)):
            return None
        if not float(signals.losses.windows(10)[-1]) > HIGH_SHARE * signals.losses.first:
            return None
        share = sorted(lost)[len(lost) // 2]
        title = (
            f"gradients are lost in half precision: {100 * share:.0f} % of the largest one is 0, and the rest a few "
            "times the smallest number of float16"
        )
        return Detection(title, {"share": share, "looks": len(lost)})
