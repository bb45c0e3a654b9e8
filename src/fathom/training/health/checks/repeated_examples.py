"""The same examples again and again, while others are there to be judged.

A training that has few examples is healthy and shows them often, too: so the same batches must come back whole, or
hold the same example many times, and the net must be judged on more examples than it is trained on. A single batch of
all there is (gradient descent in the textbook's sense) is told from one that was fetched once by its size: loaders are
given powers of 2, data sets have any number.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MIN_SNAPSHOTS, MIN_STEPS = 6, 20
"""Snapshots, and steps from the first to the last of them, on which batches are compared."""

MIN_SNAPSHOTS_PER_BATCH = 3
"""Snapshots for each batch that differs from the others: as often each has come."""

MAX_DISTINCT_SHARE = 0.25
"""Share of a batch that its different examples are, where they are copies: a half is that of pairs, made on purpose."""

MIN_DISTINCT_JUDGED_SHARE = 0.9
"""The same of a batch that is judged: data of a few possible inputs repeats itself there, too."""

MIN_BATCH = 8
"""Examples of a batch among which copies can be counted."""


class RepeatedExamples(Check):
    """The net is trained on the same few examples at every step."""

    name: ClassVar[str] = "repeated_examples"
    cause: ClassVar[str] = "the same examples again"
    severity = "warning"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = (
        "The net is trained on the same small part of the data again and again, and learns that part by heart."
    )
    advice: ClassVar[str] = (
        "Check what each step fetches. next(iter(loader)) starts again each time, and an index may not move. "
        "A seed set again in each epoch repeats the order and the random changes. "
        "A weighted sampler needs one weight per example, not per class."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "stagnating_loss", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """Whole batches that come back, or copies within a batch."""
        seen = [one for one in signals.snapshots if one.rows]
        if has_several_passes_per_step(signals) or signals.grouped or len(seen) < MIN_SNAPSHOTS:
            return None
        if seen[-1].step - seen[0].step < MIN_STEPS:
            return None
        return _returning(signals, seen) or _copied(signals, seen)


def _returning(signals: Signals, seen: list[Snapshot]) -> Detection | None:
    """One batch at each step, or a few in turn."""
    batches = {tuple(one.rows): max(one.batch_size, len(one.rows)) for one in seen}
    trained = {row for rows in batches for row in rows}
    examples = sum(batches.values())
    judged = len(set(signals.judged_rows) - trained)
    if len(batches) * MIN_SNAPSHOTS_PER_BATCH > len(seen) or judged <= examples:
        return None
    if len(batches) == 1 and examples & (examples - 1):
        return None  # all there is, at each step
    which = "the same batch" if len(batches) == 1 else f"one of the same {len(batches)} batches"
    title = f"at each of {len(seen)} steps looked at it was {which}: {examples} examples in all"
    return Detection(title, {"batches": len(batches), "examples": examples, "looks": len(seen)})


def _copied(signals: Signals, seen: list[Snapshot]) -> Detection | None:
    """The same example many times in each batch, where batches that are judged hold no copies."""
    compared, distinct = signals.judged_copies
    if not compared or distinct < MIN_DISTINCT_JUDGED_SHARE * compared:
        return None
    seen = [one for one in seen if len(one.rows) >= MIN_BATCH]
    few = [one for one in seen if len(set(one.rows)) <= MAX_DISTINCT_SHARE * len(one.rows)]
    if len(seen) < MIN_SNAPSHOTS or len(few) < len(seen):
        return None
    rows = [row for one in seen for row in one.rows]
    title = f"only {len(set(rows))} of {len(rows)} examples in {len(seen)} batches are different"
    return Detection(title, {"examples": len(rows), "different": len(set(rows)), "looks": len(seen)})
