"""A net that writes, and is given at each place the very word that it is to write there."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 4
"""First batches that must all show it."""


class AnswerGiven(Check):
    """The decoder's input is its target, not moved by one, and the answer depends on it."""

    name: ClassVar[str] = "answer_given"
    cause: ClassVar[str] = "the target is among the inputs"
    lesson: ClassVar[str] = "encoder-decoder"
    meaning: ClassVar[str] = (
        "The decoder gets the target word at the place where it must predict it. It learns to copy it, the loss falls "
        "to nothing, and in use, where there is no such word, it fails."
    )
    advice: ClassVar[str] = (
        "Shift the decoder's inputs by one (teacher forcing): a start token, then all target words but the "
        "last. The targets are all words and the end token."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "targets_are_inputs")

    def run(self, signals: Signals) -> Detection | None:
        """The first batches, and what the answers depend on at evaluations."""
        given = [one.details.answer_given for one in signals.snapshots[:MIN_SNAPSHOTS]]
        read = signals.details.own_target_read
        if len(given) < MIN_SNAPSHOTS or min(given) < 0 or len(set(given)) > 1 or not read or not all(read):
            return None
        title = (
            f"argument {given[0] + 1} of the net is the target itself, at the same place and not shifted, and the "
            "answers depend on it there"
        )
        return Detection(title, {"argument": given[0], "asked": len(read)})
