"""Targets that are standardized batch by batch: each has mean 0 and deviation 1."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS, MIN_EXAMPLES = 5, 4
"""Snapshots on which it must be so, and examples of each."""

MAX_OFF = 2e-3
"""By which means and deviations may be off."""

MIN_APART = 0.02
"""By which the largest targets of the batches must differ: else they are one and the same batch."""


class TargetsByBatch(Check):
    """The targets of every batch have mean 0 and deviation 1."""

    name: ClassVar[str] = "targets_by_batch"
    severity = "warning"
    lesson: ClassVar[str] = "normalizing-inputs"
    meaning: ClassVar[str] = (
        "The targets are standardized with the mean and deviation of their own batch. How batches differ is lost, and "
        "the same target is another number in each."
    )
    advice: ClassVar[str] = "Standardize targets once, with the mean and standard deviation of all of train."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "unfinished", "labels_unrelated", "low_learning_rate")

    def run(self, signals: Signals) -> Detection | None:
        """Exactly so on every snapshot, though the batches are different ones."""
        seen = [(one.batch_size, one.targets) for one in signals.snapshots if one.targets]
        if signals.loss_kind != "squared" or len(seen) < MIN_LOOKS:
            return None
        if any(n < MIN_EXAMPLES or one.outputs != 1 or not abs(one.mean) < MAX_OFF for n, one in seen):
            return None
        biased = all(abs(one.variance - 1) < MAX_OFF for _, one in seen)
        unbiased = all(abs(one.variance * n / (n - 1) - 1) < MAX_OFF for n, one in seen)
        if not (biased or unbiased) or float(np.ptp([one.maximum for _, one in seen])) < MIN_APART:
            return None
        title = (
            f"the targets of each of {len(seen)} batches have exactly mean 0 and standard deviation 1: they are "
            "standardized batch by batch"
        )
        return Detection(title, {"looks": len(seen)})
