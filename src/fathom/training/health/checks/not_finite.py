"""A loss that is no finite number.

This is a symptom: where another check has found the cause, it is left out.
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class NotFinite(Check):
    """The loss is no number."""

    name: ClassVar[str] = "not_finite"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "Weights or inputs are infinite or NaN. The net cannot learn any more."
    explains: ClassVar[tuple[str, ...]] = ("input_unread", "stagnating_loss", "labels_unrelated", "low_learning_rate")
    advice: ClassVar[str] = (
        "Check that the inputs hold no NaN and that nothing divides by 0. Take no logarithm or root of 0: "
        "clamp its input, or use a loss of logits such as binary_cross_entropy_with_logits. Then lower the "
        "learning rate."
    )

    def run(self, signals: Signals) -> Detection | None:
        """The first step at which it happened to the loss, or else to weights."""
        lost, (cause, line) = signals.losses.first_nonfinite_step, signals.nonfinite_cause
        if lost is None:
            return _weights_lost(signals)
        title = f"the loss is not finite at step {lost + 1}"
        if cause:
            title += f": the likeliest cause is {cause}" + (f" at {line}" if line else "")
        return Detection(title, {"step": lost, "cause": cause, "line": line})


def _weights_lost(signals: Signals) -> Detection | None:
    """Weights that are NaN where the loss is a number still, since ``where`` or a clamp hides what they give."""
    for snapshot in signals.snapshots[1:]:
        for layer in snapshot.layers:
            if math.isnan(layer.weight_norm):
                where = f"the weights {layer.name} are NaN at step {snapshot.step + 1}, though the loss is a number"
                title = f"{where}: a gradient was NaN behind a where, a mask or a clamp, which hide only values"
                return Detection(title, {"layer": layer.name, "step": snapshot.step})
    return None
