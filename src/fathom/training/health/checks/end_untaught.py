"""A net that writes and never learns to stop: the end of a row is left out of the loss.

Often the token that fills rows up is also the one that ends them, and the loss passes over the filling.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS, MIN_SHARE = 4, 0.9
"""First batches, and the share of them that must show it."""


class EndUntaught(Check):
    """After the last word of a row nothing is asked for."""

    name: ClassVar[str] = "end_untaught"
    severity = "warning"
    lesson: ClassVar[str] = "sampling"
    meaning: ClassVar[str] = (
        "The end token is never a target: the loss ignores it together with the padding. When the net writes, it "
        "does not know when to stop."
    )
    advice: ClassVar[str] = (
        "Use one token for padding and another for the end (eos), and ignore only the padding (ignore_index, or -100). "
        "The word after the last one must be the end token, and must count."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "class_left_out", "targets_missing")

    def run(self, signals: Signals) -> Detection | None:
        """The first batches of a net that tells the next word."""
        seen = [one for one in signals.snapshots[:8] if one.answer_gradient.is_next_word]
        found = [one for one in seen if one.details.end_untaught]
        if len(found) < MIN_SNAPSHOTS or len(found) < MIN_SHARE * len(seen):
            return None
        title = (
            f"the end of a row is never a target: in {len(found)} of {len(seen)} batches looked at nothing is asked "
            "for after the last word, where the padding begins"
        )
        return Detection(title, {"batches": len(found)})
