"""Numbers that stand for what is missing, such as -999, given to the net as if they were measured."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""First batches on most of which it must be seen."""


class MissingAsANumber(Check):
    """One value far from all others comes again and again."""

    name: ClassVar[str] = "missing_as_a_number"
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "A value such as -999 is written where nothing was measured: the mean and the standard deviation of the column "
        "are those of the gaps, and what was measured lies close together."
    )
    advice: ClassVar[str] = (
        "Replace it by the column's median, computed without it, before the column is standardized, and add a column "
        "of 0 and 1 that says where it was missing."
    )
    explains: ClassVar[tuple[str, ...]] = ("inputs_not_scaled", "unfinished", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """The first batches."""
        seen = signals.trained_inputs
        found = [one for one in seen if one.fillers]
        if len(seen) < MIN_SNAPSHOTS or len(found) < MIN_SNAPSHOTS:
            return None
        most = max(found, key=lambda one: one.fillers)
        value, share = most.filler
        columns = "in a column" if most.fillers == 1 else f"in {most.fillers} columns"
        title = (
            f"{columns} of the input one value far from all others comes again and again ({value:.4g} in "
            f"{100 * share:.0f} % of the rows of a batch), as one for what is missing"
        )
        return Detection(title, {"columns": most.fillers, "value": value, "share": share})
