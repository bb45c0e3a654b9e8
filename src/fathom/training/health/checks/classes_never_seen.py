"""A net that can answer more classes than it is ever shown.

Labels that were scaled and cut to whole numbers are few where there were many. And a net that is tuned to new classes
alone soon forgets the old ones, since each step makes them less likely.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.first_numbers import first_numbers
from fathom.training.health.analysis.label_counts import counts_by_class
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_CLASSES, MAX_CLASSES = 3, 50
"""That the net can answer: of vocabularies, and of heads that are used as they came, many rightly never occur."""

MIN_LABELS_PER_CLASS, MIN_SNAPSHOTS = 20, 5
"""Labels that were looked at, by the classes there are, on so many snapshots."""

MIN_MISSING, MIN_MISSING_SHARE = 2, 0.4
"""Classes without a label, and their share of all: one may be kept for what is in no class."""


class ClassesNeverSeen(Check):
    """Many of the classes that the last layer can answer are never among the labels."""

    name: ClassVar[str] = "classes_never_seen"
    severity = "warning"
    cause: ClassVar[str] = "classes without a label"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "These classes have no examples. Each step makes them less likely, so the net never answers them. If it knew "
        "them before, it forgets them."
    )
    advice: ClassVar[str] = (
        "Count the labels as the loss gets them. Were they scaled, divided or cast? Was the data filtered? To teach a "
        "net new classes, mix in examples of the old ones. If there are no more classes, make the last layer smaller."
    )
    explains: ClassVar[tuple[str, ...]] = ("class_weights_inverted", "majority_class_only", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """The labels of all snapshots, of a loss that chooses one of a few classes for each example."""
        if signals.loss_kind != "cross-entropy" or signals.output_mismatch or signals.grouped:
            return None
        seen = [one.labels for one in signals.snapshots if one.labels]
        if has_several_passes_per_step(signals) or len(seen) < MIN_SNAPSHOTS or not all(one.neighbours for one in seen):
            return None
        counts, classes = counts_by_class(signals), signals.classes
        total, missing = sum(counts.values()), classes - len(counts)
        if not MIN_CLASSES <= classes <= MAX_CLASSES or total < MIN_LABELS_PER_CLASS * classes or len(counts) < 2:
            return None
        if missing < max(MIN_MISSING, MIN_MISSING_SHARE * classes):
            return None
        found = sorted(map(int, counts))
        title = (
            f"{missing} of the {classes} classes that the net can answer never occur: all {total:,} labels looked at "
            f"are of {first_numbers(found)}"
        )
        return Detection(title, {"missing": missing, "classes": classes, "labels": total, "found": found})
