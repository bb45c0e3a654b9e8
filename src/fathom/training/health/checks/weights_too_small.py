"""Weights that start so small that nothing comes through several layers.

Each layer multiplies the signal by about the root of the sum of the squared weights of a unit: 0.6 with PyTorch's own
start, 1.4 with He's. At a hundredth of that three layers leave a millionth of the signal, and of the gradient
(Glorot & Bengio 2010; He et al. 2015).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import highest_baseline_loss
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_SIZE = 0.25
"""Root of the summed squares of a unit's weights, below which a layer makes the signal weak."""

MIN_LAYERS, MAX_PRODUCT = 3, 0.01
"""Such layers, and what they leave together."""

MIN_LOSS_SHARE = 0.8
"""Of what knowing nothing costs, that the loss stays above for at least the first half of the steps."""


class WeightsTooSmall(Check):
    """Several layers start at a hundredth of the usual size, and the loss does not move."""

    name: ClassVar[str] = "weights_too_small"
    lesson: ClassVar[str] = "initialization"
    meaning: ClassVar[str] = (
        "Each layer makes the signal several times weaker, and the gradient as well. After a few layers nothing of "
        "the input is left, and all examples get the same answer."
    )
    advice: ClassVar[str] = (
        "Initialize with He (ReLU) or Glorot (tanh), or leave PyTorch's own initialization. A fixed standard deviation "
        "of 0.01 is too small for most layers. Or add a normalization layer after each layer."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "dead_units", "vanishing_gradients", "stagnating_loss", "labels_unrelated", "low_learning_rate",
        "input_unread", "one_class", "gradients_zero", "unfinished",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The sizes on the first step, and whether the loss stays where it was."""
        losses = signals.losses
        if not signals.snapshots or signals.snapshots[0].step > 0 or losses.steps < 20:
            return None
        layers = signals.snapshots[0].layers
        sizes = [one.weight_norm / math.sqrt(one.units) for one in layers if one.units]
        small = [size for size in sizes if size < MAX_SIZE]
        if len(small) < MIN_LAYERS or math.prod(small) > MAX_PRODUCT or 2 * len(small) < len(sizes):
            return None
        early = float(losses.windows(10)[:5].mean())
        if not early > MIN_LOSS_SHARE * highest_baseline_loss(signals):
            return None
        title = (
            f"the weights start too small: in {len(small)} of {len(sizes)} layers a unit's weights have a size of "
            f"{float(np.median(small)):.2g}, where 0.6 to 1.4 is usual; the loss stays at {early:.3g}"
        )
        return Detection(title, {"layers": len(small), "size": float(np.median(small)), "loss": early})
