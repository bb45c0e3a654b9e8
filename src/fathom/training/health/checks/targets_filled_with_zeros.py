"""Targets that are missing, written as 0, and learned like the others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SHARE, MIN_SNAPSHOTS, MAX_SNAPSHOTS = 0.1, 4, 8
"""Of the targets, and first snapshots that are looked at."""

MAX_NEAR_SHARE, MIN_DISTANCE = 0.08, 1.2
"""Of the other targets that lie near 0, and their mean by their standard deviation: amounts that are often 0, as rain,
are often small, too."""


class TargetsFilledWithZeros(Check):
    """Many of several targets are exactly 0, and all others lie away from it."""

    name: ClassVar[str] = "targets_filled_with_zeros"
    severity = "warning"
    lesson: ClassVar[str] = "multi-task"
    meaning: ClassVar[str] = (
        "A target that was not measured stands there as 0, and the net learns it as if it were. Its answers are drawn "
        "towards 0."
    )
    advice: ClassVar[str] = (
        "If 0 means missing, leave these places out of the loss, with a mask of what was measured. For a squared "
        "error: ((output - target) ** 2 * mask).sum() / mask.sum()."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "labels_unrelated", "stagnating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """The first snapshots."""
        seen = [one.details.zero_targets for one in signals.snapshots[:MAX_SNAPSHOTS]]
        seen = [one for one in seen if np.isfinite(one).all()]
        if signals.loss_kind != "squared" or len(seen) < MIN_SNAPSHOTS:
            return None
        share, near, away = (float(x) for x in np.mean(seen, 0))
        if min(one[0] for one in seen) < MIN_SHARE or near > MAX_NEAR_SHARE or away < MIN_DISTANCE:
            return None
        title = (
            f"{100 * share:.0f} % of the targets are exactly 0, and nearly all others lie far from 0: a fill value "
            "for missing targets?"
        )
        return Detection(title, {"share": share, "looks": len(seen)})
