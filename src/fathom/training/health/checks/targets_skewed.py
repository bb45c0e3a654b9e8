"""Targets over several orders of magnitude, under a squared error.

Of such amounts, as incomes or counts of views, a few are many times as large as most. Nearly all of the squared error
is theirs, and what the net says of the others hardly counts: their logarithm is what can be learned of all.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, is_plain
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS = 6
"""Batches in which the targets were found."""

MIN_RATIO = 8.0
"""Of the way from the median up to the 90th percentile, to that down to the 10th; it is 2.7 of exponential ones."""

MIN_LOSS_SHARE, PARTS = 0.1, 5
"""Of the targets' variance, that the loss ends above in the last of so many parts of the training."""

MIN_STEPS = 50
"""Of a training."""


class TargetsSkewed(Check):
    """A few targets are many times as large as most, and the squared error sees hardly any other."""

    name: ClassVar[str] = "targets_skewed"
    severity = "warning"
    lesson: ClassVar[str] = "standardize"
    meaning: ClassVar[str] = (
        "The targets are heavily skewed: nearly all of the squared error comes from a few large ones. What the net "
        "says of all others hardly counts."
    )
    advice: ClassVar[str] = (
        "Learn the logarithm of the targets (log1p where some are 0), standardized, and undo it in predictions. Or use "
        "the relative error, or a loss for counts."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "outliers", "oscillating_loss", "stagnating_loss", "unfinished", "high_learning_rate", "diverging_loss",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """How lopsided they are on most looks, and whether much of the error is left."""
        ratios = [one.details.tail_ratio for one in signals.snapshots]
        known = [one for one in ratios if math.isfinite(one)]
        if signals.loss_kind != "squared" or len(known) < MIN_LOOKS or len(known) < len(ratios) / 2:
            return None
        if signals.losses.steps < MIN_STEPS or has_several_passes_per_step(signals) or not is_plain(signals):
            return None
        ratio = float(np.median(known))
        variance = float(np.mean([one.targets.variance for one in signals.snapshots if one.targets]))
        if not ratio > MIN_RATIO or not float(signals.losses.windows(PARTS)[-1]) > MIN_LOSS_SHARE * variance:
            return None
        title = (
            f"the targets are heavily skewed: the largest tenth lies {ratio:.0f} times as far above the median as the "
            "smallest tenth lies below"
        )
        return Detection(title, {"ratio": ratio, "looks": len(known)})
