"""Steps that something takes back before the next one."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 6
"""Snapshots in a row, up to the last one, on which it must be so."""

MAX_SHARE_LEFT = 0.3
"""Of the step before, that is left at the next pass."""


class StepsUndone(Check):
    """Something else writes the weights, back to where they were."""

    name: ClassVar[str] = "steps_undone"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "Something moves the weights back after most steps. The net learns only a small part of each step, "
        "whatever the learning rate."
    )
    advice: ClassVar[str] = (
        "Keep the running average (EMA) of the weights in a copy of the net, and judge the copy. Never write "
        "it into the net that is trained: look for copy_, lerp_ and load_state_dict in the loop."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished",
        "high_learning_rate", "weights_shrunk", "oscillating_loss",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On each of the later snapshots the weights lie near where they were before the last step, on its line."""
        shares = [one.step_left for one in signals.snapshots if one.step_left == one.step_left]
        late = shares[-MIN_SNAPSHOTS:]
        if len(late) < MIN_SNAPSHOTS or not max(map(abs, late)) < MAX_SHARE_LEFT:
            return None
        undone = 1 - sum(late) / len(late)
        title = (
            f"{100 * undone:.0f} % of each step is undone before the next one: something other than the optimizer "
            "writes the weights"
        )
        return Detection(title, {"undone": undone, "looks": len(late)})
