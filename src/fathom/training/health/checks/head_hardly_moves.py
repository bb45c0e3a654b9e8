"""A new last layer that is stepped at the rate of the trained layers before it.

Trained layers are tuned at a rate of 1e-5 or so, lest they forget. A layer that was just drawn at random has all to
learn, and needs a rate a hundred times as high (Howard & Ruder, "ULMFiT", 2018, give each layer a rate of its own).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_MOVED = 0.1
"""Share of its size that the last layer has moved by at most, if all steps went one way."""

MIN_LOSS_SHARE = 0.7
"""Of what knowing nothing costs, that the loss ends above."""

MIN_STEPS = 50
"""Of a training."""


class HeadHardlyMoves(Check):
    """The last layer is new, the others are trained, and its steps are next to nothing."""

    name: ClassVar[str] = "head_hardly_moves"
    lesson: ClassVar[str] = "fine-tuning"
    meaning: ClassVar[str] = (
        "The new last layer (head) is nearly as it was drawn at random: its learning rate is that of a trained body. "
        "So what the trained layers know is not used."
    )
    advice: ClassVar[str] = (
        "Give the head a parameter group of its own. Its learning rate should be 10 to 1,000 times that of "
        "the body (1e-3 with Adam). Or train the head alone first."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "low_learning_rate", "stagnating_loss", "labels_unrelated", "dead_units", "unfinished", "one_class",
        "vanishing_gradients",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The steps of the last layer, added up."""
        name, losses = signals.details.fresh_head, signals.losses
        # numbers alone do not show that a weight was trained: it may have been drawn in an unusual way
        known = signals.pretrained or signals.rests_on_trained_weights
        if not name or not known or losses.steps < MIN_STEPS:
            return None
        seen = [(x.step, one.relative_update) for x in signals.snapshots for one in x.layers if one.name == name]
        ends = [*seen[1:], (losses.steps, math.nan)]
        moved = sum(size * (after - at) for (at, size), (after, _) in pairwise([*seen, ends[-1]]))
        ended = float(losses.windows(10)[-1])
        if not moved < MAX_MOVED or not ended > MIN_LOSS_SHARE * baseline_loss(signals):
            return None
        title = (
            f"the last layer, {name}, was drawn at random and hardly moves: by {100 * moved:.1g} % of its size in "
            f"{losses.steps:,} steps; the layers before it are trained ones"
        )
        return Detection(title, {"layer": name, "moved": moved, "loss": ended})
