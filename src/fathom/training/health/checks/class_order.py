"""Data that comes in the order of its classes, or has one only.

A step on examples of one class teaches the net to answer that class; the next class undoes it. Stochastic gradient
descent needs batches that look like the whole (Bottou, "Stochastic Gradient Descent Tricks", 2012, section 4).
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.check import Check, Seen
from fathom.training.health.signals import Signals

FEWEST = 40
"""Neighbours that must have been seen."""

ENOUGH, LEAST = 100, 0.01
"""Labels that tell; and the share of the first loss below which rounding hides them."""

FEW, SAME = 5, 1e-5
"""Looks, and how far from each other, by their size, targets may be that are one number."""

SURE = 6.0
"""Standard errors by which neighbours must be of one class more often than chance has it."""


class OneClass(Check):
    """Every label that was seen is the same one of several classes, or every target the same number."""

    name: ClassVar[str] = "one_class"
    cause: ClassVar[str] = "labels that are all alike"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = "To answer this always is all that can be learned, and the loss falls to 0 by it."
    advice: ClassVar[str] = "Look at how labels are read: a wrong column, an index that does not move, a file of zeros."
    explains: ClassVar[tuple[str, ...]] = ("class_order", "stagnating_loss", "high_learning_rate", "unfinished")

    def look(self, signals: Signals) -> Seen | None:
        """Of a few classes each is seen in some hundred labels; of two, one may be rare."""
        if signals.loss == "squared":
            return _one_number(signals)
        least = LEAST * signals.losses.first
        seen = [look.labels.counts for look in signals.looks if look.labels and look.loss > least]
        total = sum(n for counts in seen for n in counts.values())
        names = {name for counts in seen for name in counts}
        if len(names) != 1 or total < ENOUGH or signals.classes < 3 or signals.grouped or signals.squashed:
            return None
        title = f"of {signals.classes} classes all {total} labels that were looked at are number {min(names)}"
        return Seen(title, {"labels": total, "classes": signals.classes})


def _one_number(signals: Signals) -> Seen | None:
    """Each target of a squared error is the same number, up to rounding, from batch to batch."""
    seen = [(x.batch, x.squares) for x in signals.looks if x.squares and x.batch > 1]
    total = sum(batch for batch, _ in seen)
    if total < ENOUGH or len(seen) < FEW or signals.several() or not signals.plain():
        return None
    size = max(abs(seen[0][1].mean), math.sqrt(seen[0][1].error))
    means = [one.mean for _, one in seen]
    widest = max(max(means) - min(means), *(math.sqrt(max(0.0, one.spread)) for _, one in seen))
    if not widest <= SAME * size:
        return None
    title = f"all {total} targets that were looked at are {means[0]:.4g}"
    return Seen(title, {"targets": total, "value": means[0]})


class ClassOrder(Check):
    """Neighbours in a batch are of one class far more often than a shuffle would make them."""

    name: ClassVar[str] = "class_order"
    cause: ClassVar[str] = "data in the order of its classes"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = (
        "The net forgets each class while it learns the next, and the last ones seen weigh most; norms over a batch "
        "see one class only."
    )
    advice: ClassVar[str] = "Shuffle the training examples anew before each epoch (DataLoader(..., shuffle=True))."
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "oscillating_loss", "diverging_loss", "labels_unrelated", "stagnating_loss", "dead_units",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """Compare equal neighbours with what the shares of the classes lead one to expect."""
        labels = [look.labels for look in signals.looks if look.labels]
        pairs, same = sum(one.pairs for one in labels), sum(one.same for one in labels)
        counts = signals.label_counts()
        if signals.grouped or pairs < FEWEST or len(counts) < 2:  # too little, or meant to be so
            return None
        shares = counts / counts.sum()
        expected = float((shares**2).sum())
        spread = math.sqrt(expected * (1 - expected) / pairs)
        found = same / pairs
        if found < expected + SURE * spread or found < (1 + expected) / 2:
            return None
        title = (
            f"{100 * found:.0f} % of neighbours in a batch are of one class; shuffled it were {100 * expected:.0f} %"
        )
        return Seen(title, {"same": found, "expected": expected, "pairs": pairs})
