"""Weights that shrink to nothing: a weight decay that is stronger than what the data says."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.relative_gradient import had_no_gradient
from fathom.training.health.analysis.selection import by_layer
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

SHRUNK_SHARE = 0.25
"""The median layer's size at the end against that at the beginning."""

STILL_HIGH_SHARE = 0.2
"""The loss must still be this share of the first: small weights that do their work are what weight decay is for."""


class WeightsShrunk(Check):
    """The weights have lost most of their size, and the loss is still high."""

    name: ClassVar[str] = "weights_shrunk"
    cause: ClassVar[str] = "the weight decay is too strong"
    lesson: ClassVar[str] = "regularization"
    meaning: ClassVar[str] = (
        "Weight decay pulls the weights towards 0 faster than the gradient moves them. So the net cannot fit "
        "its own training examples."
    )
    advice: ClassVar[str] = "Lower --weight-decay. Usual values are 0.01 to 0.1 for AdamW and 0.0001 for SGD."
    explains: ClassVar[tuple[str, ...]] = (
        "labels_unrelated", "stagnating_loss", "vanishing_gradients", "low_learning_rate", "dead_units",
        "high_learning_rate", "unfinished",
        "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Compare each layer's last size with its first."""
        losses = signals.losses
        if losses.steps < 30 or losses.first_nonfinite_step is not None or signals.weight_decay == 0:
            return None
        sizes = [(seen[0].weight_norm, seen[-1].weight_norm) for seen in by_layer(signals).values() if len(seen) > 2]
        shares = [last / first for first, last in sizes if first > 0]
        if not shares or float(np.median(shares)) > SHRUNK_SHARE:
            return None
        if float(losses.windows(10)[-1]) < STILL_HIGH_SHARE * losses.first:
            return None
        share = float(np.median(shares))
        if had_no_gradient(signals):
            return None  # so that nothing held the weights, whatever the decay
        return Detection(
            f"half of the layers have weights of {100 * share:.0f} % of their first size or less",
            {"share": share},
        )
