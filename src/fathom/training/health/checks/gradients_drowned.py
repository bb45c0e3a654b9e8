"""Gradients to which so much noise is added, before the step, that nothing of them is left.

Noise for privacy (Abadi et al. 2016) is measured by the sum of the batch's gradients; added to their mean it is as many
times too large as the batch has examples.
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MIN_SNAPSHOTS, MIN_SHARE = 5, 0.8
"""Snapshots on which it must be so, and their share of those looked at."""

MAX_COSINE, MIN_LARGER = 0.2, 2.0
"""Of the gradient as it came and as the step is given it; and how many times as large the latter is."""

HIGH_SHARE = 0.3
"""Of the first loss, at the end."""


class GradientsDrowned(Check):
    """What the optimizer is given has next to nothing to do with the gradient."""

    name: ClassVar[str] = "gradients_drowned"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "Between the backward pass and the step noise is added that is much larger than the gradient. The steps go in "
        "random directions."
    )
    advice: ClassVar[str] = (
        "Divide the noise by the size of the batch where it is added to a mean gradient. Use larger batches, or less "
        "noise."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "diverging_loss", "oscillating_loss", "stagnating_loss", "unfinished", "labels_unrelated",
        "low_learning_rate", "exploding_gradients", "dead_units", "saturated_units",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On nearly all snapshots another direction, and larger; and the loss is still high."""
        seen = [(one.details.gradient_kept, _growth(one)) for one in signals.snapshots if math.isfinite(_growth(one))]
        lost = [one for one in seen if abs(one[0]) < MAX_COSINE and one[1] > MIN_LARGER]
        if len(lost) < max(MIN_SNAPSHOTS, MIN_SHARE * len(seen)) or may_be_negative(signals):
            return None
        if not float(signals.losses.windows(10)[-1]) > HIGH_SHARE * signals.losses.first:
            return None
        cosine, times = (sorted(part)[len(lost) // 2] for part in zip(*lost, strict=True))
        title = (
            f"noise drowns the gradients before the step: what the optimizer is given is {times:.2g} times as large, "
            f"and its cosine with the gradient is {cosine:.2g}"
        )
        return Detection(title, {"cosine": cosine, "times": times, "looks": len(lost)})


def _growth(snapshot: Snapshot) -> float:
    """The gradient's size at the step by that at which it came; NaN where it was not measured."""
    name, before = snapshot.unclipped
    after = next((layer.gradient_norm for layer in snapshot.layers if layer.name == name), math.nan)
    return after / before if before > 0 else math.nan
