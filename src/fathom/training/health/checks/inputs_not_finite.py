"""Inputs that are no finite numbers."""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class InputsNotFinite(Check):
    """The net was given NaN or infinity: whatever else is seen follows from it."""

    name: ClassVar[str] = "inputs_not_finite"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    lesson: ClassVar[str] = "learning-rate"
    broken: ClassVar[bool] = True
    meaning: ClassVar[str] = (
        "An input is NaN or infinite. One such number makes the loss NaN, and after one step all weights."
    )
    advice: ClassVar[str] = (
        "Look for empty cells, and for columns divided by a standard deviation of 0. Fill or remove them."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "inputs_not_scaled", "exploding_gradients", "high_learning_rate", "dead_units", "saturated_units",
        "wrong_initial_loss", "diverging_loss", "oscillating_loss", "stagnating_loss", "labels_unrelated",
        "vanishing_gradients", "low_learning_rate", "not_finite", "unfinished",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The first look at which a first layer was given such."""
        for snapshot in signals.snapshots:
            for one in snapshot.inputs:
                if not math.isfinite(one.rms) and signals.losses.first_nonfinite_step is not None:
                    title = f"the inputs of {one.name or 'the net'} are not finite at step {snapshot.step + 1}"
                    return Detection(title, {"layer": one.name, "step": snapshot.step})
        return None
