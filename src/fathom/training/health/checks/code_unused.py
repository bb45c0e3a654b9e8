"""An autoencoder that builds the same for every input, since nothing comes through its code.

Where the divergence of a variational autoencoder outweighs the error of what is built, the cheapest code is one that
says nothing (Bowman et al. 2016, "posterior collapse"), and the mean of all inputs is the best that can be built of it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS, MIN_SNAPSHOTS = 100, 6
"""Of a training."""

MAX_KEPT = 0.03
"""Share of the inputs' variance over the examples that what is built again has at the end."""


class CodeUnused(Check):
    """What an autoencoder builds does not vary with its input."""

    name: ClassVar[str] = "code_unused"
    severity = "warning"
    cause: ClassVar[str] = "a code that says nothing"
    lesson: ClassVar[str] = "vae"
    meaning: ClassVar[str] = (
        "The net builds nearly the same for every input, the mean of all. Nothing about the single input reaches the "
        "part that builds it again."
    )
    advice: ClassVar[str] = (
        "If a divergence (KL) is in the loss, weigh it less, or raise its weight slowly from 0. Sum both terms over "
        "the same numbers, or take both means. Otherwise look at the smallest layer and at the learning rate."
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "unfinished", "low_learning_rate", "input_unread")

    def run(self, signals: Signals) -> Detection | None:
        """The variance over the examples, on the last snapshots."""
        seen = [one.details.kept_variance for one in signals.snapshots if one.details.is_rebuilt]
        if signals.losses.steps < MIN_STEPS or len(seen) < MIN_SNAPSHOTS:
            return None
        kept = float(np.median(seen[-3:]))
        if not kept < MAX_KEPT:  # NaN where that is not known
            return None
        title = (
            f"what the net builds again is nearly the same for every input: after {signals.losses.steps:,} steps it "
            f"varies between examples by {100 * kept:.2g} % of the inputs' variance"
        )
        return Detection(title, {"kept": kept, "steps": signals.losses.steps})
