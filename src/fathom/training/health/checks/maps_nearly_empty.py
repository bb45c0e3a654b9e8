"""Maps of which nearly all places are 0, so that an empty answer has a small loss."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_BRIGHT = 0.03
"""Share of the places that are above half of the largest target."""

MAX_SAID, MIN_ERROR = 0.3, 0.75
"""Of the targets' mean square, what the answers' comes to at most, and the error at least."""

MIN_STEPS, ENDS = 100, 3
"""Steps of a training, and last snapshots that count."""


class MapsNearlyEmpty(Check):
    """Each target is a map with a few bright places, and the answers are nearly empty."""

    name: ClassVar[str] = "maps_nearly_empty"
    lesson: ClassVar[str] = "class-imbalance"
    meaning: ClassVar[str] = (
        "Nearly all places of the targets are 0, so a map without anything has a small squared error. The few places "
        "that matter hardly count."
    )
    advice: ClassVar[str] = (
        "Give the bright places a larger weight in the loss, or make them larger. A sum over the places instead of a "
        "mean lets the rare ones count, too."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "unfinished", "stagnating_loss", "low_learning_rate", "labels_unrelated", "targets_nearly_constant",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The last snapshots."""
        seen = [one.details.bright_places for one in signals.snapshots]
        seen = [one for one in seen if np.isfinite(one).all()]
        if signals.loss_kind != "squared" or signals.losses.steps < MIN_STEPS or len(seen) < 2 * ENDS:
            return None
        bright, said, error = (float(x) for x in np.mean(seen[-ENDS:], 0))
        if bright > MAX_BRIGHT or said > MAX_SAID or error < MIN_ERROR:
            return None
        title = (
            f"nearly all places of the targets are 0 ({100 * bright:.1g} % are bright), and the answers are nearly "
            f"empty: the error is {100 * error:.0f} % of that of an empty map"
        )
        return Detection(title, {"bright": bright, "error": error})
