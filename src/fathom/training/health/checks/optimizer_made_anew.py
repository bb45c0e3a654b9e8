"""An optimizer that forgets: it is made anew again and again, or its state is cleared."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_OPTIMIZERS = 10
"""Optimizers that one weight must have had: phases of a training, or cycles, are fewer."""

MIN_SNAPSHOTS = 6
"""Snapshots after the first step on which the state must be new."""

MIN_STEPS = 10
"""Steps that another optimizer must have made, where the watched one has made none."""


class OptimizerMadeAnew(Check):
    """What the optimizer has gathered of the gradients is lost, or it is not the one that is watched."""

    name: ClassVar[str] = "optimizer_made_anew"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "A new optimizer is made at each step. Momentum and Adam's averages are then lost, and Adam keeps "
        "only the sign of one gradient. A schedule that holds the old optimizer does nothing."
    )
    advice: ClassVar[str] = "Make the optimizer once, before the loop. Give the same one to the schedule."

    def run(self, signals: Signals) -> Detection | None:
        """Optimizers that are not watched and step the net's weights; or a state that is new at each snapshot."""
        steps, others = signals.other_optimizers
        if others >= MIN_OPTIMIZERS:
            title = f"{others} optimizers have made {steps} steps with these weights: each new one starts empty"
            return Detection(title, {"optimizers": others, "made": steps})
        new = [one.is_state_new for one in signals.snapshots if one.step and one.is_state_new in (0.0, 1.0)]
        if len(new) >= MIN_SNAPSHOTS and all(new):
            title = f"the optimizer's state was new on each of {len(new)} steps looked at: it holds one gradient"
            return Detection(title, {"looks": len(new)})
        if steps >= MIN_STEPS and not signals.optimizer_stepped:
            title = f"the watched optimizer never made a step, while another one has made {steps} with its weights"
            return Detection(title, {"made": steps})
        return None
