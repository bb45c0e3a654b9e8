"""A loss that is divided as for several parts of a step, while each part has a step of its own."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.selection import by_layer
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_FACTOR, MIN_STEPS, MIN_SNAPSHOTS = 4, 60, 4
"""The least divisor that matters, and steps and snapshots on which it must be the same."""

MAX_OFF = 0.01
"""By which it may be off a whole number, and differ between snapshots."""

WINDOWS, STILL_HIGH = 12, 0.5
"""Parts of the training, of which the last must still be this share of the first …"""

MAX_WAY = 0.3
"""… where all steps together cannot have moved the median layer by more than this share of its size."""

MAX_ADAPTED = 0.05
"""By which a first step may differ from rate times gradient: an optimizer that adapts undoes the division."""


class LossDivided(Check):
    """Each step has one backward pass, of a loss divided by a whole number, and weights hardly move."""

    name: ClassVar[str] = "loss_divided"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = (
        "The loss is divided as if several backward passes made up one step. But each step has one pass, so it is that "
        "many times too small."
    )
    advice: ClassVar[str] = (
        "Divide the loss only where gradients are added up over several backward passes before one optimizer.step(). "
        "Else take it as it is."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "low_learning_rate", "unfinished", "stagnating_loss", "labels_unrelated", "targets_nearly_constant",
        "oscillating_loss",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """As the gradient of the answers and the loss tell, where it does harm."""
        steps = signals.losses.steps
        stepped = signals.steps_of_optimizers[:1] >= [math.floor((1 - MAX_OFF) * steps)]
        one_pass = stepped and signals.forward_passes <= math.ceil((1 + MAX_OFF) * steps)
        if not signals.details.is_scaled_mean or steps < MIN_STEPS or not one_pass or not _follows_gradient(signals):
            return None
        factors = _factors(signals)
        factor = float(np.median(factors)) if len(factors) >= MIN_SNAPSHOTS else 0.0
        if factor < MIN_FACTOR or abs(factor - round(factor)) > MAX_OFF * factor:
            return None
        if max(abs(one - factor) for one in factors) > MAX_OFF * factor or not _stands_still(signals):
            return None
        title = (
            f"the loss is divided by {round(factor)}, though each step has one backward pass: its steps are too small"
        )
        return Detection(title, {"factor": round(factor)})


def _factors(signals: Signals) -> list[float]:
    """By what the loss was divided, on each snapshot that tells."""
    if signals.loss_kind in ("squared", ""):  # one written by hand is of no known kind, but has one factor all the same
        seen = [(one.loss, one.targets.squared_error) for one in signals.snapshots if one.targets]
        return [loss / error for loss, error in seen if error > 0 and loss > 0]
    sums = [one.labels.weight_sum for one in signals.snapshots if one.labels]
    return [1 / one for one in sums if one > 0]


def _stands_still(signals: Signals) -> bool:
    """Whether the loss has fallen by less than half, and all steps together cannot have moved the weights far."""
    parts = np.asarray(signals.losses.windows(WINDOWS), float)
    if len(parts) < WINDOWS or not np.isfinite(parts).all() or parts[-1] < STILL_HIGH * parts[0]:
        return False
    sizes = [float(np.mean([one.relative_update for one in seen])) for seen in by_layer(signals).values()]
    sizes = [one for one in sizes if math.isfinite(one)]
    return bool(sizes) and signals.losses.steps * float(np.median(sizes)) < MAX_WAY


def _follows_gradient(signals: Signals) -> bool:
    """Whether the first step was as long as rate times gradient, as without any adaptation."""
    first = next((one for one in signals.snapshots if one.layers), None)
    if first is None or first.step or not first.learning_rate > 0:
        return False
    ratios = [
        layer.relative_update * layer.weight_norm / (first.learning_rate * layer.gradient_norm)
        for layer in first.layers if layer.gradient_norm > 0
    ]  # fmt: skip
    return bool(ratios) and all(abs(one - 1) < MAX_ADAPTED for one in ratios)
