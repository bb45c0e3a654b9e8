"""A language model whose targets are not the next words: the words themselves, or those after the next."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 5
"""First batches that must all show it."""

MAX_STEPS = 500
"""Steps within which …"""

MAX_LOSS_SHARE = 0.1
"""… the loss falls to this share of the first: to copy is learned at once, to press a text together is not."""


class TargetsAreInputs(Check):
    """Each place of a sequence is asked for the word that it is given, or for the next but one."""

    name: ClassVar[str] = "targets_are_inputs"
    severity = "warning"
    lesson: ClassVar[str] = "target-leakage"
    meaning: ClassVar[str] = (
        "The targets are the inputs themselves, or shifted by the wrong number of words. So the net learns "
        "to copy a word, or to skip one."
    )
    advice: ClassVar[str] = (
        "For a language model shift the targets by one, once: inputs x[:, :-1], targets x[:, 1:]. If the "
        "model shifts them itself, give it the words as they are."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "high_learning_rate", "oscillating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """The same shift on each of the first batches; and where it is none, a loss that falls as none other does."""
        early = signals.snapshots[:MIN_SNAPSHOTS]
        ahead = {one.answer_gradient.words_ahead for one in early}
        if len(early) < MIN_SNAPSHOTS or len(ahead) != 1 or min(ahead) < 0 or has_several_passes_per_step(signals):
            return None
        if min(ahead) == 2:
            title = f"the target at each position is the word after the next one, in all {len(early)} batches looked at"
            return Detection(title, {"ahead": 2, "batches": len(early)})
        if signals.details.own_target_read and not any(signals.details.own_target_read):
            return None  # the word is there, and nobody reads it
        copied = [one for one in signals.snapshots if one.step <= MAX_STEPS]
        if not min(one.loss for one in copied) < MAX_LOSS_SHARE * signals.losses.first:
            return None
        lowest = min(one.loss for one in copied)
        title = (
            f"the target at each position is the input word itself, not the next one; the loss fell to "
            f"{lowest:.3g} by copying"
        )
        return Detection(title, {"ahead": 0, "batches": len(early), "lowest": lowest})
