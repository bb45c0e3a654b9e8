"""Inputs of another scale than those that a trained body knows, as its frozen batch norms tell.

A batch norm keeps the mean and variance of what it was given while it was trained. Where it is frozen with these, and
is now given numbers of a fifth of that spread, the inputs were prepared otherwise: divided by 255 only, or not at all.
Other pictures, prepared alike, are off by far less.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_TIMES, MAX_OFF = 3.0, 2.0
"""By which the spread is larger or smaller, and deviations by which the mean is off."""

MIN_LOOKS = 2
"""At first steps."""


class InputsOfAnotherScale(Check):
    """A frozen batch norm is given numbers of a size that its statistics do not know."""

    name: ClassVar[str] = "inputs_of_another_scale"
    severity = "warning"
    lesson: ClassVar[str] = "normalizing-inputs"
    meaning: ClassVar[str] = (
        "The trained part of the net keeps the mean and spread of what it was trained on, and is now given something "
        "else. Its features are not what they were."
    )
    advice: ClassVar[str] = (
        "Prepare the inputs as they were when the body was trained: the same range, mean, standard deviation and order "
        "of colours. Or let its batch norms learn."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "unfinished", "inputs_not_scaled", "dead_units",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Its distance on the first looks."""
        seen = [one.details.frozen_norm for one in signals.snapshots if math.isfinite(one.details.frozen_norm[2])]
        if len(seen) < MIN_LOOKS or len({name for name, _, _ in seen}) > 1:
            return None
        off, spread = (float(np.median([one[k] for one in seen])) for k in (1, 2))
        if 1 / MAX_TIMES < spread < MAX_TIMES and off < MAX_OFF:
            return None
        title = (
            f"the inputs differ from those that {seen[0][0]} was trained with: what it is given has {spread:.2g} times "
            f"the spread of its statistics, and a mean {off:.2g} deviations off"
        )
        return Detection(title, {"layer": seen[0][0], "spread": spread, "off": off})
