"""Padding that stands in front in training and behind in dev, or the other way round."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_FLIPS, MIN_SHARE = 3, 0.1
"""Rows that get another class, and their share."""


class PaddedOnTheOtherSide(Check):
    """What is judged is padded on the other side than what was trained on, and the answers depend on it."""

    name: ClassVar[str] = "padded_on_the_other_side"
    lesson: ClassVar[str] = "rnn"
    meaning: ClassVar[str] = (
        "In training the texts end, or begin, where the padding does not stand. In dev the net finds padding there, "
        "which it never saw in that place."
    )
    advice: ClassVar[str] = "Pad training and dev on the same side, with the same function."
    explains: ClassVar[tuple[str, ...]] = ("judged_on_other_inputs", "padding_changes_answers", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """Each time that it was asked."""
        seen = signals.details.side_flips
        asked, flips = (sum(one[k] for one in seen) for k in (0, 1))
        if flips < MIN_FLIPS or flips < MIN_SHARE * asked:
            return None
        sides = {1: "at the end", -1: "at the beginning"}
        title = (
            f"dev is padded {sides[-seen[-1][2]]}, training {sides[seen[-1][2]]}: {flips} of {asked} texts get another "
            "class when the padding is moved"
        )
        return Detection(title, {"asked": asked, "changed": flips})
