"""Labels that do not depend on the inputs, as far as a training can tell.

If nothing else is wrong and the loss stays where it is for one who knows the classes' shares alone, the inputs say
nothing about the labels: perhaps the two were read in different orders.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Seen
from fathom.training.health.rate import CREEP
from fathom.training.health.signals import Signals

ENOUGH = 200
"""Steps after which a net with healthy gradients should have learned something."""

NEAR = 0.03
"""The loss is at chance when it is within this share of it."""


class Unrelated(Check):
    """The loss stays at chance, although the steps are of a healthy size."""

    name: ClassVar[str] = "labels_unrelated"
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "The net learns the shares of the classes and nothing else: inputs and labels may have been paired wrongly, as "
        "when one of two lists was sorted or shuffled alone."
    )
    advice: ClassVar[str] = "Look at ten examples with their labels, just as the net is given them."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss",)

    def look(self, signals: Signals) -> Seen | None:
        """Ask that the steps were large enough to learn with, and that the labels were seen."""
        losses, known = signals.losses, signals.chance()
        if signals.loss != "cross-entropy" or losses.steps < ENOUGH or not signals.label_counts().sum():
            return None
        ended = float(losses.windows(10)[-1])
        sizes = [layer.update for look in signals.looks for layer in look.layers if math.isfinite(layer.update)]
        if not math.isfinite(ended) or not sizes or float(np.median(sizes)) < CREEP:
            return None
        if abs(ended - known) > NEAR * known:
            return None
        blind = f"that of one who has not seen the input ({known:.3g})"
        title = f"after {losses.steps:,} steps the loss is {ended:.3g}, {blind}"
        return Seen(title, {"last": ended, "chance": known})
