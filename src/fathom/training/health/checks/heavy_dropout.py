"""A dropout that leaves next to nothing.

Half of the units is what its inventors dropped of hidden layers, and a fifth of inputs (Srivastava et al. 2014,
"Dropout: A Simple Way to Prevent Neural Networks from Overfitting"); beyond that the net cannot fit its own examples.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_DROPOUT = 0.8
"""Share of the units that may be dropped."""

MIN_STEPS = 50
"""Steps after which the loss tells …"""

MIN_SNAPSHOTS, MAX_LEFT = 3, 0.1
"""Looks at the state of a recurrent cell, and what may be left of it at the end of a series."""

STILL_HIGH_SHARE = 0.3
"""… and the share of what knowing nothing costs that it must end above."""


class HeavyDropout(Check):
    """A dropout drops nearly all, and the loss stays high."""

    name: ClassVar[str] = "heavy_dropout"
    cause: ClassVar[str] = "the dropout is too strong"
    severity = "warning"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = (
        "Dropout removes so many units at each step that the net cannot fit its own training examples."
    )
    advice: ClassVar[str] = (
        "Use a dropout of at most 0.5, and none (--dropout 0) until the train error is low. In a recurrent net drop "
        "what goes in and comes out, not the state, or use one mask for all steps of time."
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "low_learning_rate", "unfinished", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """Its share, and where the loss ends."""
        losses = signals.losses
        if losses.steps < MIN_STEPS or losses.first_nonfinite_step is not None or may_be_negative(signals):
            return None
        end = float(losses.windows(10)[-1])
        if not end > STILL_HIGH_SHARE * baseline_loss(signals):
            return None
        if state := _of_a_state(signals, end):
            return state
        if signals.dropout <= MAX_DROPOUT:
            return None
        title = f"{100 * signals.dropout:.0f} % of the units are dropped, and the loss ends at {end:.3g}"
        return Detection(title, {"dropped": signals.dropout, "last_loss": end})


def _of_a_state(signals: Signals, end: float) -> Detection | None:
    """The state of a recurrent cell is dropped again and again, so that little of it lasts."""
    seen = [one.details.state_dropped for one in signals.snapshots if one.details.state_dropped[1] > 1]
    if len(seen) < MIN_SNAPSHOTS or not all(share > 0 for share, _ in seen):
        return None
    share, calls = float(np.mean([share for share, _ in seen])), max(calls for _, calls in seen)
    left = (1 - share) ** (calls - 1)
    if not left < MAX_LEFT:
        return None
    title = (
        f"{100 * share:.0f} % of the recurrent state is dropped (dropout) after each of {calls} steps of time, so that "
        f"{100 * left:.2g} % of it lasts to the end; the loss ends at {end:.3g}"
    )
    return Detection(title, {"dropped": share, "steps": calls, "left": left, "last_loss": end})
