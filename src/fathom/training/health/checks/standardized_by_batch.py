"""Targets, or columns, that are standardized batch by batch: in each they have mean 0 and deviation 1."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS, MIN_LOOKS_AT_COLUMNS, MIN_EXAMPLES = 5, 3, 4
"""Snapshots on which it must be so, of targets and of columns, which are seen on the first ones; examples of each."""

MAX_OFF = 2e-3
"""By which means and deviations may be off."""

MIN_APART = 0.02
"""By which the largest targets of the batches must differ: else they are one and the same batch."""


class StandardizedByBatch(Check):
    """The targets, or all columns, of every batch have mean 0 and deviation 1."""

    name: ClassVar[str] = "standardized_by_batch"
    severity = "warning"
    lesson: ClassVar[str] = "normalizing-inputs"
    meaning: ClassVar[str] = (
        "Numbers are standardized with the mean and deviation of their own batch. How batches differ is lost, and the "
        "same example is other numbers in each."
    )
    advice: ClassVar[str] = (
        "Standardize once, with the mean and standard deviation of all of train; or let the net begin with BatchNorm1d."
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "unfinished", "labels_unrelated", "low_learning_rate")

    def run(self, signals: Signals) -> Detection | None:
        """Exactly so on every snapshot, though the batches are different ones."""
        if signals.grouped or not signals.loss_kind:
            return None
        return _columns(signals) or _targets(signals)


def _targets(signals: Signals) -> Detection | None:
    """Of a squared error of one number for each example."""
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


def _columns(signals: Signals) -> Detection | None:
    """Of a table that the net itself is given."""
    seen = [one for one in signals.trained_inputs if len(one.columns) > 1]
    rows = [one.batch_size for one in signals.snapshots[: len(signals.trained_inputs)]]
    if len(seen) < MIN_LOOKS_AT_COLUMNS or len(seen) != len(rows) or min(rows) < MIN_EXAMPLES:
        return None
    means, stds = (np.array([[column[k] for column in one.columns] for one in seen]) for k in (0, 1))
    biased = stds * np.sqrt(1 - 1 / np.array(rows))[:, None]
    standard = any(np.abs(one - 1).max() < MAX_OFF for one in (stds, biased))
    if not standard or np.abs(means).max() > MAX_OFF or float(np.ptp([one.maximum for one in seen])) < MIN_APART:
        return None
    title = (
        f"all {means.shape[1]} columns of the input have exactly mean 0 and standard deviation 1 in each of "
        f"{len(seen)} batches: they are standardized batch by batch"
    )
    return Detection(title, {"looks": len(seen), "columns": means.shape[1]})
