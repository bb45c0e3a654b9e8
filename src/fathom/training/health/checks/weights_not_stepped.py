"""An optimizer that does not step the net."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""Snapshots on which it must be so."""

MIN_STEPS = 10
"""Steps that must have been made."""

MIN_STEPS_OF_OTHERS = 100
"""Steps that the other optimizers must have made: some take turns."""


class WeightsNotStepped(Check):
    """No weight has moved, since nothing steps them."""

    name: ClassVar[str] = "weights_not_stepped"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = "Gradients are computed, but the weights never change."
    advice: ClassVar[str] = (
        "Call optimizer.step() after loss.backward(). Give the optimizer the parameters of this model, after "
        "the model was made and moved to its device."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished", "dead_units",
        "saturated_units", "untrained_layers",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Several snapshots after the first, all weights are as they were, and no step of the optimizer was seen.

        Or one of several never made a step, although its weights have a gradient, and the others have made many.
        """
        if one := _one_of_several(signals):
            return one
        if (
            signals.snapshots_without_movement < MIN_SNAPSHOTS
            or signals.losses.steps < MIN_STEPS
            or not (signals.optimizer_has_no_weights or not signals.optimizer_stepped)
        ):
            return None
        steps = f"in {signals.losses.steps:,} steps no weight has moved"
        title = (
            "the optimizer has none of the net's weights"
            if signals.optimizer_has_no_weights
            else "the optimizer was never stepped"
        )
        return Detection(f"{title}: {steps}", {"steps": signals.losses.steps})


def _one_of_several(signals: Signals) -> Detection | None:
    """An optimizer that was never stepped beside others that were."""
    total = sum(signals.steps_of_optimizers)
    if total < MIN_STEPS_OF_OTHERS or signals.losses.steps < MIN_STEPS_OF_OTHERS:
        return None
    for place, steps in enumerate(signals.steps_of_optimizers):
        looks, weight = signals.looks_while_unstepped[place], signals.weights_of_optimizers[place]
        if not steps and looks >= MIN_SNAPSHOTS:
            title = (
                f"the optimizer of {weight} never made a step, although its weights have a gradient; the others have "
                f"made {total:,} steps"
            )
            return Detection(title, {"weight": weight, "steps_of_others": total})
    return None
