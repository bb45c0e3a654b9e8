"""Answers that depend on the words which they are to tell."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class FutureInSight(Check):
    """A net that tells the next word is shown it."""

    name: ClassVar[str] = "future_in_sight"
    lesson: ClassVar[str] = "attention"
    meaning: ClassVar[str] = (
        "The net can see the word that it must predict. It copies it, so the loss is low, but the text that "
        "it writes is bad."
    )
    advice: ClassVar[str] = (
        "Give the attention a causal mask (is_causal, or True above the diagonal). Use no bidirectional "
        "layer, and pad convolutions on the left only."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished",)

    def run(self, signals: Signals) -> Detection | None:
        """Each time that it was asked."""
        seen = signals.future_seen
        if not seen or not all(seen):
            return None
        title = (
            "the net predicts the next word and can see it: other words in the second half of a row change its "
            "answers in the first half"
        )
        return Detection(title, {"asked": len(seen)})
