"""Cosines given to a softmax as they are: between -1 and 1 all choices are nearly as likely.

With n choices the loss cannot fall below log(1 + (n - 1) · exp(-2)), however good the vectors are. So similarities are
divided by a temperature of 0.05 to 0.2 (Wu et al. 2018; Chen et al., "SimCLR", 2020), or multiplied by a scale.
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_CHOICES, MIN_STEPS = 8, 100
"""Between which it chooses, and steps of the training."""

ABOVE_FLOOR = 0.98
"""Of the lowest loss that cosines reach, that the loss ends above."""

MIN_SHARE = 0.94
"""Of the first loss that it ends above, where the cosines are multiplied by something."""


class NoTemperature(Check):
    """The loss stays where cosines without a scale, or with too small a one, must leave it."""

    name: ClassVar[str] = "no_temperature"
    cause: ClassVar[str] = "similarities without a temperature"
    lesson: ClassVar[str] = "triplet-loss"
    meaning: ClassVar[str] = (
        "The scores are cosine similarities, so they lie in a small range around 0. The softmax of them is nearly "
        "uniform, whatever the net does, and the gradient is small."
    )
    advice: ClassVar[str] = (
        "Divide the similarities by a temperature of 0.05 to 0.2 (or multiply them by 5 to 20) before the "
        "cross-entropy. Dividing makes the range larger, multiplying by the temperature smaller."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "unfinished",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The scores, and the loss at the end."""
        choices, scaled = signals.details.cosine_scores
        if choices < MIN_CHOICES or signals.losses.steps < MIN_STEPS or signals.losses.first_nonfinite_step is not None:
            return None
        ended = float(signals.losses.windows(10)[-1])
        floor = math.log(1 + (choices - 1) * math.exp(-2))
        uniform = math.log(choices)
        near_uniform = abs(signals.losses.first - uniform) < 0.2 and ended > MIN_SHARE * uniform
        if not (ended > ABOVE_FLOOR * floor and not scaled) and not (scaled and near_uniform):
            return None
        title = (
            f"the softmax chooses between {choices} cosines of a small range: the loss is {ended:.3g} after "
            f"{signals.losses.steps:,} steps, the logarithm of the number of choices is {uniform:.3g}"
        )
        return Detection(title, {"choices": choices, "loss": ended, "floor": floor})
