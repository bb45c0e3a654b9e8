"""Steps that are smaller than the numbers of the weights can tell."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SHARE = 0.7
"""Of the weights with a gradient that a step leaves as they are."""

MIN_SNAPSHOTS = 5
"""Snapshots in a row, up to the last one, on which it must be so."""


class StepsRoundedAway(Check):
    """The weights themselves are in 16 bits, and most of them stay as they are."""

    name: ClassVar[str] = "steps_rounded_away"
    severity = "warning"
    lesson: ClassVar[str] = "training"
    meaning: ClassVar[str] = (
        "bfloat16 keeps 8 bits of a number. A change of a weight below about 0.2 % of its value is lost."
    )
    advice: ClassVar[str] = (
        "Keep the weights in float32 and compute in 16 bits with torch.autocast. Do not call net.bfloat16() "
        "or net.half()."
    )
    explains: ClassVar[tuple[str, ...]] = ("low_learning_rate", "stagnating_loss", "unfinished", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """The share of each of the last steps that was looked at."""
        shares = [one.rounded_away for one in signals.snapshots if one.rounded_away >= 0]
        late = shares[-MIN_SNAPSHOTS:]
        if len(late) < MIN_SNAPSHOTS or not min(late) > MIN_SHARE:
            return None
        title = (
            f"the weights are kept in 16 bits, and a step leaves {100 * min(late):.0f} % of them as they are: it is "
            "smaller than half the way to the next number (precision)"
        )
        return Detection(title, {"share": min(late), "looks": len(late)})
