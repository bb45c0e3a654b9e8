"""Several quantities told by one squared error, of which some are many times as large as others.

An error of a hundredth of the largest is more than all there is to know of the smallest, so that the loss is next to
nothing but the former's, and its noise drowns what the latter's gradient says (Kendall, Gal and Cipolla 2018).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, is_plain
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_RATIO, MAX_RATIO = 20.0, 1e6
"""Of the largest target's deviation to the smallest's; beyond, the smallest is a constant that was rounded."""

MIN_SNAPSHOTS, MIN_STEPS = 4, 40
"""Of a training."""

MIN_REST = 0.5
"""Of the smallest target's variance, that is left at the end."""


class TargetsOfUnequalScale(Check):
    """One target is many times as large as another, and the latter was not learned."""

    name: ClassVar[str] = "targets_of_unequal_scale"
    severity = "warning"
    cause: ClassVar[str] = "targets of unequal scale"
    lesson: ClassVar[str] = "multi-task"
    meaning: ClassVar[str] = (
        "One error counts all targets together, and some are far larger than others. So the loss is that of the large "
        "ones. The net hardly learns the small ones."
    )
    advice: ClassVar[str] = (
        "Standardize each target by its own mean and standard deviation on train, and undo it in predictions. Or weigh "
        "the errors. Judge each target by itself."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "targets_not_scaled", "unfinished", "stagnating_loss", "low_learning_rate", "dead_units", "labels_unrelated",
        "high_learning_rate", "oscillating_loss",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The deviations on the first snapshots, and what is left of the smallest target on the last."""
        if signals.loss_kind != "squared" or signals.losses.steps < MIN_STEPS or not is_plain(signals):
            return None
        seen = [one.details.target_spreads for one in signals.snapshots if one.details.target_spreads[0] > 0]
        if len(seen) < MIN_SNAPSHOTS or has_several_passes_per_step(signals):
            return None
        largest, smallest = (float(np.median([one[k] for one in seen[:3]])) for k in (0, 1))
        left = float(np.median([one[2] for one in seen[-3:]]))
        if not MIN_RATIO * smallest <= largest <= MAX_RATIO * smallest or not MIN_REST <= left < math.inf:
            return None
        rest = f"{100 * min(left, 1.0):.0f} % of its variance"
        title = (
            f"the targets' standard deviations are {smallest:.2g} to {largest:.2g}: the loss is that of the largest, "
            f"and of the smallest {rest} is left at the end"
        )
        return Detection(title, {"largest": largest, "smallest": smallest, "left": left})
