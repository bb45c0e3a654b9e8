"""Data that comes in the order of its classes.

A step on examples of one class teaches the net to answer that class; the next class undoes it. Stochastic gradient
descent needs batches that look like the whole (Bottou, "Stochastic Gradient Descent Tricks", 2012, section 4).
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.analysis.label_counts import label_counts
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_NEIGHBOURS = 40
"""Neighbours that must have been seen."""

MIN_STANDARD_ERRORS = 6.0
"""Standard errors by which neighbours must be of one class more often than chance has it."""


class ClassOrder(Check):
    """Neighbours in a batch are of one class far more often than a shuffle would make them."""

    name: ClassVar[str] = "class_order"
    cause: ClassVar[str] = "data in the order of its classes"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = (
        "The batches come sorted by class. The net forgets one class while it learns the next, and the last "
        "classes count most. Batch norm sees one class at a time."
    )
    advice: ClassVar[str] = "Shuffle the training examples before each epoch: DataLoader(..., shuffle=True)."
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "oscillating_loss", "diverging_loss", "labels_unrelated", "stagnating_loss", "dead_units",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Compare equal neighbours with what the shares of the classes lead one to expect."""
        labels = [snapshot.labels for snapshot in signals.snapshots if snapshot.labels]
        pairs, same = sum(one.neighbours for one in labels), sum(one.equal_neighbours for one in labels)
        counts = label_counts(signals)
        if has_several_passes_per_step(signals):
            return None  # the first of them may be of one kind, as what is real is beside what a generator makes
        if signals.grouped or pairs < MIN_NEIGHBOURS or len(counts) < 2:  # too little, or meant to be so
            return None
        if all(len(one.counts) == len(counts) and len(set(one.counts.values())) == 1 for one in labels):
            return None  # each batch has all classes alike: in which order they stand in it does not matter
        shares = counts / counts.sum()
        expected = float((shares**2).sum())
        spread = math.sqrt(expected * (1 - expected) / pairs)
        found = same / pairs
        if found < expected + MIN_STANDARD_ERRORS * spread or found < (1 + expected) / 2:
            return None
        title = (
            f"{100 * found:.0f} % of neighbours in a batch have the same class; in shuffled data it would be "
            f"{100 * expected:.0f} %"
        )
        return Detection(title, {"same": found, "expected": expected, "pairs": pairs})
