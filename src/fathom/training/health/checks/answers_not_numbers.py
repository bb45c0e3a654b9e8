"""Answers that are NaN at evaluation, though the training goes on with numbers."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class AnswersNotNumbers(Check):
    """In evaluation mode the net answers NaN."""

    name: ClassVar[str] = "answers_not_numbers"
    lesson: ClassVar[str] = "attention"
    meaning: ClassVar[str] = (
        "In training the answers are numbers, at evaluation they are NaN (not a number). A comparison with NaN is "
        "always false, so the dev figure is that of a net which answers nothing."
    )
    advice: ClassVar[str] = (
        "Look for a row in which attention may see nothing. In a mask of booleans True hides; a mask of "
        "floats is added to the scores (0 and -inf, not 1 and 0). Look for a mean over no words, a division "
        "by 0, and a logarithm of 0."
    )

    def run(self, signals: Signals) -> Detection | None:
        """Each time that it was asked."""
        asked, broken = signals.details.nan_answers
        if not asked or broken < asked or signals.losses.first_nonfinite_step is not None:
            return None
        times = "when it was asked" if asked == 1 else f"{asked} of {asked} times that it was asked"
        return Detection(
            f"in evaluation mode the net's answer is NaN, {times}; in training it is not", {"asked": asked}
        )
