"""Batches in which the answers fit the targets of other examples: inputs or targets were flipped along the batch.

Where that is so at every step nothing is learned. Where it is so at some, as of an augmentation that is drawn for each
batch, the net learns from the others, and its answers show it: they fit the targets in another order.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS = 2
"""Snapshots on which the same order fits."""

MAX_OWN, MIN_OTHER = 0.35, 0.75
"""Correlation with their own targets at most, and with those in the other order at least."""


class TargetsDisplaced(Check):
    """Answers that belong to the targets in another order."""

    name: ClassVar[str] = "targets_displaced"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "In some batches each input stands beside the target of another example. The net learns a mixture of right and "
        "wrong pairs."
    )
    advice: ClassVar[str] = (
        "See along which axis flip, roll and sort work: axis 0 is that of the batch. Whatever reorders the inputs must "
        "reorder the targets."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "labels_unrelated", "stagnating_loss", "unfinished", "oscillating_loss", "high_learning_rate",
        "low_learning_rate", "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The order that fits, on several snapshots."""
        seen = [
            pair for one in signals.snapshots
            for pair in (one.details.displaced, one.labels.displaced if one.labels else (math.nan, math.nan, 0))
        ]  # fmt: skip
        known = [one for one in seen if math.isfinite(one[0])]
        others = [(own, best, at) for own, best, at in known if own < MAX_OWN and best > MIN_OTHER]
        if not others:
            return None
        at, times = Counter(at for _, _, at in others).most_common(1)[0]
        if times < MIN_LOOKS:
            return None
        own, best = (sum(one[k] for one in others if one[2] == at) / times for k in (0, 1))
        order = "in reverse order" if at == 0 else f"of the example {at} places further on"
        title = (
            f"in {times} of {len(known)} batches looked at the answers fit the targets {order} ({best:.2f}), not "
            f"their own ({own:.2f}): inputs and targets do not belong together there, as if flipped along the batch"
        )
        return Detection(title, {"batches": times, "own": own, "other": best, "places": at})
