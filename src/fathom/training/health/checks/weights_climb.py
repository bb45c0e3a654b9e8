"""Weights that something moves uphill before each step, and nobody moves back.

Sharpness-aware training (Foret et al. 2021) climbs along the gradient, takes the gradient there, and goes back before
it steps. Where going back is forgotten, or puts back another copy, each step begins further up.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS, MIN_SHARE = 4, 0.8
"""Snapshots on which it must be so, and their share of those looked at."""

MIN_WAY, MIN_COSINE = 0.2, 0.3
"""How far the weights are moved, as a share of a step, and how much that goes along the gradient."""

MAX_EARLIER = 1e-3
"""Share of a step by which they may be moved between a step and the next pass: some go back there."""


class WeightsClimb(Check):
    """Between the pass and the step the weights are moved along the gradient."""

    name: ClassVar[str] = "weights_climb"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "The weights are perturbed uphill and never restored. Each step only takes back a part of it, so the loss "
        "stays high."
    )
    advice: ClassVar[str] = (
        "Restore the weights before optimizer.step(): subtract exactly what was added, or copy back the weights that "
        "you kept."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "diverging_loss", "oscillating_loss", "stagnating_loss", "unfinished", "labels_unrelated",
        "low_learning_rate", "exploding_gradients", "dead_units",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On nearly all snapshots, with nothing moved back before the next pass."""
        seen = [one.details.moved for one in signals.snapshots if one.details.moved[1] >= 0]
        up = [far for earlier, far, cosine in seen if earlier < MAX_EARLIER and far > MIN_WAY and cosine > MIN_COSINE]
        if len(up) < max(MIN_SNAPSHOTS, MIN_SHARE * len(seen)):
            return None
        far = sorted(up)[len(up) // 2]
        title = (
            f"before each step something other than the optimizer moves the weights uphill, by {100 * far:.0f} % of a "
            "step, and does not put them back"
        )
        return Detection(title, {"way": far, "looks": len(up)})
