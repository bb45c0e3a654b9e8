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
        "A value such as -999 stands where nothing was measured. It dominates the mean and the standard "
        "deviation of the column, and the real values end up close together."
    )
    advice: ClassVar[str] = (
        "Replace it by the median of the other values before you standardize. Add a column of 0 and 1 that "
        "says where the value was missing."
    )
    explains: ClassVar[tuple[str, ...]] = ("inputs_not_scaled", "unfinished", "labels_unrelated", "outliers")

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
            f"{columns} of the input one value far from all others is repeated ({value:.4g} in "
            f"{100 * share:.0f} % of the rows of a batch), as a code for missing values"
        )
        return Detection(title, {"columns": most.fillers, "value": value, "share": share})
