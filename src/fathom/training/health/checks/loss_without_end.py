"""A loss that has no lower end, so that there is nothing to arrive at.

Near a minimum gradients shrink, and a loss falls ever slower. Where a loss falls below 0, ever faster, while its
gradients grow and the weights with them, it has no minimum: a term has the wrong sign, or nothing bounds it.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fathom.training.health.analysis.selection import by_layer
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

WINDOWS, MIN_STEPS = 12, 60
"""Parts of the training, each of which must end lower than the one before, and the steps of such a training."""

MIN_GROWTH = 10.0
"""Of the loss between the first part and the last, by its amount, and of the gradients."""

MIN_WEIGHT_GROWTH = 2.0
"""Of the weights of some layer."""

HUGE_GROWTH, MAX_SHOWN = 1e5, 1e6
"""Of the loss below 0 against the first one: then it need not be in order any more. And of gradients, as it is said."""


class LossWithoutEnd(Check):
    """The loss falls below 0, ever faster."""

    name: ClassVar[str] = "loss_without_end"
    cause: ClassVar[str] = "the loss has no lower end"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "The loss can fall for ever, so the training does not come near any solution. The weights only grow."
    )
    advice: ClassVar[str] = (
        "Check the sign of each term of the loss. Of two nets that work against each other, check that each has the "
        "opposite sign. A term that may grow for ever needs a bound."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "exploding_gradients", "diverging_loss", "high_learning_rate", "unfinished", "dead_units", "saturated_units",
        "vanishing_gradients", "stagnating_loss", "embeddings_collapsed",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Loss, gradients and weights together."""
        losses = signals.losses
        if losses.steps < MIN_STEPS:
            return None
        parts = np.asarray(losses.windows(WINDOWS), float)
        if len(parts) < WINDOWS or not np.isfinite(parts).all() or not math.isfinite(losses.first):
            return None
        steeper, larger = _growth(signals)
        lowest, fallen = float(parts.min()), HUGE_GROWTH * max(abs(losses.first), 1.0)
        if not (lowest < -fallen or (_falls_faster(parts, abs(losses.first)) and larger > MIN_WEIGHT_GROWTH)):
            return None
        if steeper < MIN_GROWTH:
            return None
        times = f"{steeper:.3g} times" if steeper < MAX_SHOWN else "more than a million times"
        title = f"it fell to {lowest:.3g}, and half of the layers have gradients {times} those of the beginning"
        return Detection(title, {"lowest": lowest, "gradients": min(steeper, MAX_SHOWN)})


def _falls_faster(parts: NDArray[np.float64], first: float) -> bool:
    """Whether each part of the training ends lower than the one before, the last third by more than the first."""
    third = WINDOWS // 3
    if not (np.diff(parts) < 0).all() or -parts[-1] < MIN_GROWTH * max(abs(float(parts[0])), first):
        return False
    return bool(parts[-third] - parts[-1] > parts[0] - parts[third - 1])


def _growth(signals: Signals) -> tuple[float, float]:
    """By how much gradients have grown in the median layer, and weights in the layer where they grew most."""
    found = [one for one in by_layer(signals).values() if len(one) > 2]
    seen = [one for one in found if one[0].gradient_norm > 0 and one[0].weight_norm > 0]
    if not seen:
        return 0.0, 0.0
    steeper = float(np.median([one[-1].gradient_norm / one[0].gradient_norm for one in seen]))
    return steeper, max(one[-1].weight_norm / one[0].weight_norm for one in seen)
