"""A class whose examples never count, as where ``ignore_index``, or a weight of 0, is that of a class like the others.

Padding is left out on purpose; but it stands at the end of a sequence, and what is hidden for a net to find is of every
class. Here the places stand between others, and one class never occurs among those that count.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 5
"""First batches that must all show it."""

MIN_CLASSES, MAX_CLASSES = 3, 50
"""Of vocabularies some words may rightly never be asked for."""

MIN_SHARE, MAX_SHARE = 0.03, 0.5
"""Of the places, that are left out between others."""

MIN_LABELS = 20
"""Labels of each other class."""


class ClassLeftOut(Check):
    """One class is never among the labels that count, and places between others count nothing."""

    name: ClassVar[str] = "class_left_out"
    severity = "warning"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "No example of this class changes the loss. So the net does not learn it, and answers it only by chance."
    )
    advice: ClassVar[str] = (
        "If it is a class like the others and not padding, do not exclude it. Set ignore_index to a number "
        "that no class has (-100). Give no class a weight of 0."
    )
    explains: ClassVar[tuple[str, ...]] = ("targets_missing", "unfinished", "class_weights_inverted")

    def run(self, signals: Signals) -> Detection | None:
        """The labels of all snapshots, and the share that is left out of each of the first."""
        early = [one.answer_gradient.share_left_out for one in signals.snapshots[:MIN_SNAPSHOTS]]
        if len(early) < MIN_SNAPSHOTS or signals.loss_kind not in ("cross-entropy", "nll"):
            return None
        if signals.output_mismatch or has_several_passes_per_step(signals) or not signals.is_single_term:
            return None
        share = float(np.mean(early))  # NaN if one is
        if not min(early) >= MIN_SHARE or not share <= MAX_SHARE:
            return None
        classes = signals.snapshots[0].answer_gradient.classes
        counts = dict.fromkeys(map(str, range(classes)), 0)
        for one in signals.snapshots:
            for name, n in (one.labels.counts if one.labels else {}).items():
                counts[name] = counts.get(name, 0) + n
        missing = [name for name, n in counts.items() if not n]
        if not MIN_CLASSES <= classes <= MAX_CLASSES or len(missing) != 1:
            return None
        if min(n for name, n in counts.items() if name != missing[0]) < MIN_LABELS:
            return None
        if all(one.answer_gradient.word_asked == int(missing[0]) for one in signals.snapshots[:MIN_SNAPSHOTS]):
            return None  # it is the word that hides others, which are asked for (a masked language model)
        title = (
            f"class {missing[0]} of {classes} never counts: {100 * share:.0f} % of the places, between others, have no "
            "gradient, as with ignore_index, and no label is of this class"
        )
        return Detection(title, {"class": int(missing[0]), "classes": classes, "share": share})
