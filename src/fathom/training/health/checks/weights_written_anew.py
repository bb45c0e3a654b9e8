"""Weights that are drawn anew, or loaded, between the passes over the data."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_TIMES, MIN_SHARE = 3, 0.5
"""As often it must have been seen, and of how many times that it was asked."""


class WeightsWrittenAnew(Check):
    """After most evaluations the weights are others than before."""

    name: ClassVar[str] = "weights_written_anew"
    lesson: ClassVar[str] = "training"
    meaning: ClassVar[str] = (
        "The weights are set again at the start of each epoch. What the earlier epochs learned is lost."
    )
    advice: ClassVar[str] = (
        "Check what runs once per epoch. Make the net and initialize its weights (apply, reset_parameters) "
        "before the loop, and load a checkpoint once."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "labels_unrelated", "stagnating_loss", "unfinished", "oscillating_loss", "low_learning_rate", "steps_undone",
        "high_learning_rate", "diverging_loss",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """How often that was so."""
        asked, found = signals.rewritten
        if found < MIN_TIMES or found < MIN_SHARE * asked:
            return None
        title = (
            f"something other than the optimizer changes the weights: after {found} of {asked} evaluations they were "
            "others than before"
        )
        return Detection(title, {"times": found, "asked": asked})
