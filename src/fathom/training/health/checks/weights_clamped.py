"""Weights that are cut off at small numbers after each step, as those of a critic are.

Wasserstein critics clamp their weights (Arjovsky et al. 2017), and what is binarized keeps them between -1 and 1. In a
classifier or a regression such a line is left over from elsewhere, and its layers cannot say anything large.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 4
"""The last so many, on which it must be so."""

MIN_SHARE = 0.25
"""Of the numbers, that lie at the ends."""

MAX_REACH = 1.0
"""The largest number times the root of what a unit sees: PyTorch draws them up to 1."""

HIGH_SHARE = 0.2
"""Of the first loss, at the end."""


class WeightsClamped(Check):
    """Many numbers of a weight are exactly its least or its largest."""

    name: ClassVar[str] = "weights_clamped"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "Something clamps the weights to small numbers after each step. They cannot grow to what the task needs."
    )
    advice: ClassVar[str] = (
        "Remove the line that clamps the weights. Only the critic of a Wasserstein GAN needs it. To keep weights "
        "small, use weight_decay."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "stagnating_loss", "unfinished", "labels_unrelated", "low_learning_rate",
        "oscillating_loss", "vanishing_gradients", "steps_undone", "weights_shrunk", "weights_too_small",
        "targets_not_scaled",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """At the last snapshots, where the loss is a known one and still high."""
        late = [one.details.clamped for one in signals.snapshots[2:] if one.details.clamped[0]][-MIN_SNAPSHOTS:]
        if len(late) < MIN_SNAPSHOTS or not signals.loss_kind:
            return None
        if any(not share >= MIN_SHARE or not reach < MAX_REACH for _, _, share, reach in late):
            return None
        if not float(signals.losses.windows(10)[-1]) > HIGH_SHARE * signals.losses.first:
            return None
        name, bound, share, _ = late[-1]
        title = (
            f"{100 * share:.0f} % of the numbers of {name} are exactly its least or its largest, {bound:.3g}: "
            "something clamps the weights after each step"
        )
        return Detection(title, {"layer": name, "bound": bound, "share": share})
