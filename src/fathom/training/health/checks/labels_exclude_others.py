"""One label of many, asked for by a yes or no of each."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.analysis.selection import later_snapshots
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import LabelStats, Signals

MIN_CLASSES = 10
"""Labels from which no to all of them is nearly right."""

MIN_SNAPSHOTS, MIN_EXAMPLES = 6, 64
"""Batches in which each example must have one label, and examples of the later ones that all are answered with no."""


class LabelsExcludeOthers(Check):
    """A binary loss of each class, where one class holds, and no is the answer to all."""

    name: ClassVar[str] = "labels_exclude_others"
    severity = "warning"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "Each example has exactly one label, but the loss asks yes or no for each class. Nearly all answers are no, "
        "so no to all is soon nearly right, and the net learns slowly."
    )
    advice: ClassVar[str] = "Use cross_entropy of the raw outputs and the class numbers, if only one label can hold."
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "low_learning_rate", "stagnating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """As many yes as examples in all batches, and no single one answered with yes later."""
        seen, classes = signals.snapshots, signals.classes
        if signals.loss_kind != "binary" or classes < MIN_CLASSES or has_several_passes_per_step(signals):
            return None
        if len(seen) < MIN_SNAPSHOTS or not all(x.labels and _is_one_of(x.labels, x.batch_size, classes) for x in seen):
            return None
        later = [x for x in later_snapshots(signals) if x.labels]
        examples = sum(x.batch_size for x in later)
        wrong = sum(x.labels.error_rate * x.batch_size * classes for x in later if x.labels)  # NaN if one is
        if examples < MIN_EXAMPLES or not abs(wrong - examples) < 0.5:
            return None
        title = f"each example has one of {classes} labels, but each is asked by a sigmoid, and no is the answer to all"
        return Detection(title, {"classes": classes, "examples": examples})


def _is_one_of(labels: LabelStats, examples: int, classes: int) -> bool:
    """Whether there is one yes for each example."""
    yes, no = labels.counts.get("yes", 0), labels.counts.get("no", 0)
    return yes == examples > 0 and yes + no == examples * classes
