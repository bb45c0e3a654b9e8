"""A column that follows the target exactly in most rows, and not in all.

So does a mean of the target for each customer, shop or word, where most of them come once, and their own target is in
the mean (Micci-Barreca 2001 describes the encoding; the leak is avoided by leaving a row's own target out).
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SHARE, MIN_SNAPSHOTS = 0.7, 4
"""Of the rows, on the median of the first snapshots, and how many of these."""


class TargetNearlyGiven(Check):
    """In most rows one column is the target, up to scale."""

    name: ClassVar[str] = "target_nearly_given"
    cause: ClassVar[str] = "the target leaks into a column of the inputs"
    severity = "warning"
    lesson: ClassVar[str] = "grouped-splits"
    meaning: ClassVar[str] = (
        "The net learns to copy this column. It was computed from the target itself, as when categories are encoded "
        "with the mean of their targets. New rows do not have it."
    )
    advice: ClassVar[str] = (
        "Compute the column without the row's own target: out of fold, or leave one out, and smoothed for rare "
        "categories. Or remove the column."
    )
    explains: ClassVar[tuple[str, ...]] = ("judged_on_other_inputs", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """The same column on each of the first snapshots; where it follows in all rows another check says so."""
        seen = [one.details.nearly_target for one in signals.snapshots if one.details.nearly_target[1] >= 0]
        if signals.loss_kind != "squared" or len(seen) < MIN_SNAPSHOTS:
            return None
        column, times = Counter(column for column, _ in seen).most_common(1)[0]
        share = float(np.median([share if one == column else 0.0 for one, share in seen]))
        if times < MIN_SNAPSHOTS or share < MIN_SHARE or all(one.target_column >= 0 for one in signals.snapshots[:4]):
            return None
        title = f"in {100 * share:.0f} % of the rows column {column} (from 0) equals the target, but for scale"
        return Detection(title, {"column": column, "share": share, "looks": len(seen)})
