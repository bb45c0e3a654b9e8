"""Nothing but the most frequent class is answered, where one class has nearly all examples or all places of a mask.

The plain loss is then lowest, but for a little, if the others are never named; and accuracy looks well. An answer of
one number for each row is passed over: where a rare event is foretold by its probability, that rightly stays below one
half. So is a loss of several terms, as that of a detector, whose peaks may lie below it.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.label_counts import counts_by_class
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MIN_SHARE = 0.9
"""Of the labels that are of one class."""

MIN_STEP, MIN_SNAPSHOTS, MIN_MISSED = 20, 4, 6
"""First step that counts; batches up to the last, over half of the steps, and labels of other classes in them, that all
were missed.
"""

MIN_PLACES = 32
"""Places of an example from which yes or no of each is a mask."""


class MajorityClassOnly(Check):
    """No label of another class is ever answered, and no other class is answered for one of the most frequent."""

    name: ClassVar[str] = "majority_class_only"
    severity = "warning"
    lesson: ClassVar[str] = "class-imbalance"
    meaning: ClassVar[str] = (
        "Nearly all labels are of one class, and the net answers this class alone. The loss hardly counts the others."
    )
    advice: ClassVar[str] = (
        "Weigh the rare classes more (class weights, pos_weight), or draw them more often. Judge by recall or F1: "
        "accuracy hides it. Train longer if the loss still falls."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "stagnating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """In each later batch there are as many mistakes as labels of other classes."""
        if signals.loss_kind not in ("cross-entropy", "binary") or signals.output_mismatch or signals.grouped:
            return None
        counts = counts_by_class(signals)
        if len(counts) < 2 or not signals.is_single_term or has_several_passes_per_step(signals):
            return None
        often, total = max(counts, key=lambda name: counts[name]), sum(counts.values())
        if counts[often] < MIN_SHARE * total:
            return None
        missed: dict[int, int] = {}  # labels, by the step, from the last one back
        for one in reversed(signals.snapshots):
            found = _missed(one, often, binary=signals.loss_kind == "binary")
            if found is None or one.step < MIN_STEP:
                break
            missed[one.step] = found
        labels, since = sum(missed.values()), min(missed, default=0)
        if len(missed) < MIN_SNAPSHOTS or labels < MIN_MISSED or since > signals.losses.steps / 2:
            return None
        title = (
            f"only “{often}” is answered, which {100 * counts[often] / total:.0f} % of the labels are: since step "
            f"{since} all {labels:,} labels of other classes that were looked at are missed"
        )
        return Detection(title, {"share": counts[often] / total, "missed": labels})


def _missed(snapshot: Snapshot, often: str, *, binary: bool) -> int | None:
    """The labels of other classes, if all of them are missed and no others; else None."""
    labels = snapshot.labels
    if labels is None:
        return None
    n = sum(labels.counts.values())
    if binary and n < MIN_PLACES * snapshot.batch_size:
        return None
    others = n - labels.counts.get(often, 0)
    return others if abs(labels.error_rate * n - others) < 0.5 else None
