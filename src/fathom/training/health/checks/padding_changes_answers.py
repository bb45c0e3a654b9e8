"""Answers that depend on how much a row is padded, where it is padded otherwise at evaluation than in training.

A mean over all places takes in the padding, attention without a mask looks at it, and a recurrent layer reads on
through it. A net learns to live with the padding of its training, and with no other.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_FLIPS, MIN_SHARE = 3, 0.1
"""Rows that get another class, and their share."""


class PaddingChangesAnswers(Check):
    """The class of a text changes with its padding alone."""

    name: ClassVar[str] = "padding_changes_answers"
    lesson: ClassVar[str] = "attention"
    meaning: ClassVar[str] = (
        "The net reads the padding as if it were text. What is judged is padded to another length than in training, so "
        "the same text gets another answer."
    )
    advice: ClassVar[str] = (
        "Leave the padding out: a masked mean (h * mask).sum(1) / mask.sum(1), a key_padding_mask, packed sequences, "
        "or -inf before a max or softmax. Then the same text, alone or padded, must get the same answer."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "judged_on_other_inputs")

    def run(self, signals: Signals) -> Detection | None:
        """Each time that it was asked."""
        seen = signals.details.padding_flips
        asked, flips = (sum(one[k] for one in seen) for k in (0, 1))
        if flips < MIN_FLIPS or flips < MIN_SHARE * asked:
            return None
        trained, judged = seen[-1][2:4]
        title = (
            f"the padding changes the answers: {flips} of {asked} texts get another class when they are padded to "
            f"{trained} words at most, as in training, and not to {judged}"
        )
        return Detection(title, {"asked": asked, "changed": flips, "trained": trained, "judged": judged})
