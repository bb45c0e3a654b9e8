"""Labels that are all of one class, or targets that are all one number."""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, is_plain
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LABELS = 100
"""Labels, or targets, that tell."""

MIN_YES_OR_NO = 1000
"""Labels of which each is yes or no, and most may rightly be no; or of only two classes, of which one may be rare."""

MIN_YES = 200
"""Labels that are all yes: what is rare is asked for as such, and is a yes."""

MIN_LOSS_SHARE = 0.01
"""The share of the first loss below which rounding hides the labels."""

MAX_OFF = 0.02
"""Share by which a loss may differ from the cross-entropy of its labels."""

MIN_SNAPSHOTS = 5
"""Snapshots on which targets must be one number …"""

MAX_TARGET_SPREAD = 1e-5
"""… and how far from each other, by their size, such may be."""


class OneClass(Check):
    """Every label that was seen is the same one of several classes, or every target the same number."""

    name: ClassVar[str] = "one_class"
    cause: ClassVar[str] = "labels that are all alike"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = (
        "All labels are the same. The net can learn only to answer this class, and the loss falls to 0."
    )
    advice: ClassVar[str] = (
        "Check how the labels are read: a wrong column, an index that does not move, a file of zeros."
    )
    explains: ClassVar[tuple[str, ...]] = ("class_order", "stagnating_loss", "high_learning_rate", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """Of a few classes each is seen in some hundred labels; of two, one may be rare."""
        if signals.loss_kind == "squared":
            return _one_number(signals)
        least = MIN_LOSS_SHARE * signals.losses.first
        seen = [snapshot.labels.counts for snapshot in signals.snapshots if snapshot.labels and snapshot.loss > least]
        total = sum(n for counts in seen for n in counts.values())
        names = {name for counts in seen for name in counts}
        if len(names) != 1 or total < MIN_LABELS or signals.grouped or signals.output_mismatch:
            return None
        if names <= {"yes", "no"}:  # each answer is judged by itself
            return _yes_or_no(signals, total, min(names))
        if signals.classes < 3 and (total < MIN_YES_OR_NO or has_several_passes_per_step(signals)):
            return None
        title = f"of {signals.classes} classes all {total} labels looked at are number {min(names)}"
        return Detection(title, {"labels": total, "classes": signals.classes})


def _yes_or_no(signals: Signals, total: int, name: str) -> Detection | None:
    """Of several labels that may each hold, none ever does, or each always; a loss that is not known draws pairs."""
    least = MIN_YES if name == "yes" else MIN_YES_OR_NO
    if signals.loss_kind != "binary" or total < least or has_several_passes_per_step(signals):
        return None
    if signals.classes < 2 and not _is_cross_entropy(signals):
        return None
    each = f"whether each of {signals.classes} labels holds" if signals.classes > 1 else "the one label"
    return Detection(f"{each} is {name} in all {total} cases looked at", {"labels": total, "classes": signals.classes})


def _is_cross_entropy(signals: Signals) -> bool:
    """Whether the loss is that of its labels, to the end: a log-density far below 0 looks like one at first."""
    seen = [(one.loss, one.labels.cross_entropy) for one in signals.snapshots if one.labels]
    return all(abs(loss - own) <= MAX_OFF * own + 1e-3 for loss, own in seen)


def _one_number(signals: Signals) -> Detection | None:
    """Each target of a squared error is the same number, up to rounding, from batch to batch."""
    seen = [(x.batch_size, x.targets) for x in signals.snapshots if x.targets and x.batch_size > 1]
    total = sum(batch for batch, _ in seen)
    if total < MIN_LABELS or len(seen) < MIN_SNAPSHOTS or has_several_passes_per_step(signals) or not is_plain(signals):
        return None
    size = max(abs(seen[0][1].mean), math.sqrt(seen[0][1].squared_error))
    means = [one.mean for _, one in seen]
    widest = max(max(means) - min(means), *(math.sqrt(max(0.0, one.variance)) for _, one in seen))
    if not widest <= MAX_TARGET_SPREAD * size:
        return None
    title = f"all {total} targets looked at are {means[0]:.4g}"
    return Detection(title, {"targets": total, "value": means[0]})
