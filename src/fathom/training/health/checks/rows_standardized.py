"""A table that was standardized along its rows, where its columns should have been.

Each row then has mean 0 and standard deviation 1, whatever it was, and a column of large numbers is nearly the same in
all of them.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""First batches that must all show it."""


class RowsStandardized(Check):
    """The rows of a table have mean 0 and deviation 1, and its columns have not."""

    name: ClassVar[str] = "rows_standardized"
    cause: ClassVar[str] = "standardized along the wrong axis"
    lesson: ClassVar[str] = "standardize"
    meaning: ClassVar[str] = (
        "Mean and standard deviation were taken over each row (example) instead of each column (feature). The columns "
        "of large numbers hide all others."
    )
    advice: ClassVar[str] = (
        "Standardize each column: (x - x.mean(0)) / x.std(0), with mean and standard deviation of train. "
        "StandardScaler does so; normalize() and Normalizer work on rows."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "dead_units", "inputs_not_scaled", "labels_unrelated", "stagnating_loss", "unfinished", "low_learning_rate",
        "one_class", "input_unread", "inputs_constant",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The first batches."""
        early = signals.snapshots[:MIN_SNAPSHOTS]
        if len(early) < MIN_SNAPSHOTS or not all(one.details.rows_standardized for one in early):
            return None
        title = "each row of the inputs has mean 0 and standard deviation 1, and the columns differ by far"
        return Detection(title, {"looks": len(early)})
