"""Examples of training among those that are judged.

How large a part of an evaluation had been trained on is estimated as animals are counted that were caught twice
(Petersen 1896): the batches of different epochs tell what share of all training examples was seen so far, and of the
judged ones so large a share must be found among these if all are copies. An evaluation on the training examples
themselves is no fault, and all of it is found.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MIN_ROWS, MIN_COPIES, MIN_CAUGHT_TWICE = 20, 10, 10
"""Examples of a call, copies among them, and examples that two epochs share."""

MIN_SHARE = 0.05
"""Of an evaluation that are copies."""

MAX_TIMES_SHARE = 0.4
"""Of the batches, that one example is in."""

MIN_EXPECTED = 4
"""Copies that a call would have if it had as many as the others: without any it is of another set."""

MIN_STANDARD_ERRORS = 3.0
"""By which the share must lie below all."""


class DevHoldsCopies(Check):
    """A part of what is judged, and not all of it, was trained on."""

    name: ClassVar[str] = "dev_holds_copies"
    lesson: ClassVar[str] = "grouped-splits"
    meaning: ClassVar[str] = (
        "Train and dev overlap: data leak from train to dev. The net has seen these examples with their answers, so "
        "the dev figure is too good, and overfitting is not seen."
    )
    advice: ClassVar[str] = (
        "Remove duplicates and split first; repeat, oversample, augment or cut into windows afterwards, in train only. "
        "Keep all examples of one person, patient, file or day on one side."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished",)

    def run(self, signals: Signals) -> Detection | None:
        """For each call of an evaluation, how much of it was trained on."""
        coverage, twice = _share_seen(signals)
        if twice < MIN_CAUGHT_TWICE or _has_favourites(signals):
            return None
        trained = {row for one in signals.snapshots for row in one.rows}
        copies = judged = 0
        clean: list[int] = []  # sizes of calls without any
        for call in signals.details.judged_calls:
            rows = set(call)
            found = len(rows & trained)
            if len(rows) < MIN_ROWS or found < MIN_COPIES:
                clean += [len(rows)] * (found == 0)
                continue
            share = found / (len(rows) * coverage)
            if share * (1 + MIN_STANDARD_ERRORS * math.sqrt(1 / found + 1 / twice)) < 1 and share > MIN_SHARE:
                copies, judged = copies + found, judged + len(rows)
        if not copies or max(clean, default=0) * copies > MIN_EXPECTED * judged:
            return None  # where one set is clean and another is not, they are different sets on purpose
        title = (
            f"dev holds copies of training examples: of {judged} examples at an evaluation {copies} are the same as in "
            f"the training batches that were looked at, about {100 * min(1.0, copies / judged / coverage):.0f} "
            "% of them in all"
        )
        return Detection(title, {"judged": judged, "copies": copies, "seen_of_training": coverage})


def _has_favourites(signals: Signals) -> bool:
    """Whether some examples are in most batches, as the few with labels are: then nothing can be estimated."""
    batches = [set(one.rows) for one in signals.snapshots if one.rows]
    times = Counter(row for rows in batches for row in rows)
    return max(times.values()) > max(3, MAX_TIMES_SHARE * len(batches))


def _share_seen(signals: Signals) -> tuple[float, int]:
    """Of all training examples the share that was looked at, and how many pairs of batches of two epochs share."""
    seen = [one for one in signals.snapshots if one.rows]
    pairs = twice = 0
    epochs = [bisect_right(signals.evaluation_steps, one.step) for one in seen]
    for i, one in enumerate(seen):
        rows = set(one.rows)
        for j in range(i):
            if epochs[i] != epochs[j]:
                other: Snapshot = seen[j]
                pairs += len(rows) * len(set(other.rows))
                twice += len(rows & set(other.rows))
    distinct = len({row for one in seen for row in one.rows})
    return (min(1.0, distinct * twice / pairs), twice) if pairs and twice else (0.0, 0)
