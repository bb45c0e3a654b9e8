"""No gradient at all: it is exactly 0 in every layer, from the first step on."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 4
"""Snapshots on which it must be so."""

MIN_STEPS = 10
"""Steps that must have been made."""


class GradientsZero(Check):
    """Something before the loss stops the gradient: it overflowed, is flat, or was cut off."""

    name: ClassVar[str] = "gradients_zero"
    cause: ClassVar[str] = "no gradient reaches the weights"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "The loss does not change when the output of the net changes a little. So the gradient is 0, and no "
        "learning rate and no number of epochs helps."
    )
    advice: ClassVar[str] = (
        "Look at what is computed between the output and the loss: something overflows, is rounded, is "
        "clipped or is flat. Use PyTorch's own loss (cross_entropy, logsumexp), which subtracts the maximum "
        "first."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished",
        "wrong_initial_loss", "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """All layers, on all snapshots, while there is a loss."""
        looks = [one for one in signals.snapshots if one.layers]
        losses = signals.losses
        if (
            len(looks) < MIN_SNAPSHOTS
            or losses.steps < MIN_STEPS
            or any(x.gradient_norm for o in looks for x in o.layers)
        ):
            return None
        if not all(one.loss > 0 for one in looks):
            return None  # a margin that is kept by all examples leaves nothing to do
        layers = len(looks[-1].layers)
        where = f"; before the loss stands {signals.gradient_stopper}" if signals.gradient_stopper else ""
        title = f"it is exactly 0 in all layers, {layers} of them, on each of {len(looks)} steps looked at{where}"
        return Detection(title, {"layers": layers, "looks": len(looks), "function": signals.gradient_stopper})
