"""A momentum by which gradients of hundreds of steps ago still count, as where Adam's two numbers are exchanged.

Adam converges where the first of its numbers lies below the root of the second (Kingma & Ba 2015; Reddi et al. 2018):
the size of gradients must be known for longer than their direction.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_EXCHANGED, MIN_LONGER = 0.98, 5.0
"""The first number from which on they are exchanged, and how many times as long as squares gradients then count."""

MIN_MOMENTUM = 0.995
"""By which gradients of 200 steps count: where nothing is exchanged, the loss must still be high."""

MIN_STEPS, HIGH_SHARE = 20, 0.3
"""Of a training, and of the first loss: at the end."""


class MomentumTooLarge(Check):
    """Each step follows gradients of long ago."""

    name: ClassVar[str] = "momentum_too_large"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "Each step is mostly the average of gradients of old weights. The net swings past what it looks for."
    )
    advice: ClassVar[str] = "Take betas=(0.9, 0.999) for Adam, in this order, and a momentum of 0.9 for SGD."
    broken: ClassVar[bool] = True
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "oscillating_loss", "diverging_loss", "stagnating_loss", "unfinished", "labels_unrelated",
        "low_learning_rate", "dead_units", "saturated_units", "not_finite", "exploding_gradients",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The settings; and of a large momentum alone, how the loss went."""
        (first, second), losses = signals.details.momentum, signals.losses
        if losses.steps < MIN_STEPS:
            return None
        if MIN_EXCHANGED <= first < 1 and 1 - second >= MIN_LONGER * (1 - first):
            title = (
                f"betas=({first:g}, {second:g}) are in the wrong order: gradients of {1 / (1 - first):.0f} steps "
                f"count, and their sizes of {1 / (1 - second):.0f}"
            )
            return Detection(title, {"first": first, "second": second})
        end = float(losses.windows(10)[-1])
        if not MIN_MOMENTUM <= first < 1 or end < HIGH_SHARE * losses.first:
            return None
        title = (
            f"with a momentum of {first:g} gradients of {1 / (1 - first):.0f} steps count at each step; the loss was "
            f"{losses.first:.3g} at first, and ends at {end:.3g}"
        )
        return Detection(title, {"first": first, "second": second, "last": end})
