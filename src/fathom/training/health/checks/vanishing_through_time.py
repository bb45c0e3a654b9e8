"""Gradients that vanish on their way back through time.

A recurrent net multiplies the gradient by the same matrix, and by slopes of at most 1, at each step of time, so that it
fades by about the same factor each time (Hochreiter 1991; Bengio, Simard & Frasconi 1994). What stood at the beginning
is then not learned from. Any net forgets what it has no need of; so the loss must show that it needs something.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.analysis.selection import later_snapshots
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_SHARE = 1e-4
"""Of the gradient at the last steps of time, what the first ones get of it: as little as this is lost in the noise of
a batch, and Adam's steps are made of that noise.
"""

STUCK_SHARE = 0.9
"""The loss ends above this share of what knowing nothing costs."""

MIN_SNAPSHOTS, MIN_STEPS = 3, 50
"""Steps on which it must have been looked at, and steps of the training."""


class VanishingThroughTime(Check):
    """What stood at the beginning of an example gets next to no gradient."""

    name: ClassVar[str] = "vanishing_through_time"
    cause: ClassVar[str] = "vanishing gradients through time"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "The gradient fades over the time steps. The net cannot learn from inputs that lie so far back."
    )
    advice: ClassVar[str] = (
        "Use an LSTM or GRU instead of a plain tanh RNN, use all steps for the answer (mean, maximum or "
        "attention), or shorten the sequences. Another learning rate will not help."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "low_learning_rate", "stagnating_loss", "labels_unrelated", "unfinished", "vanishing_gradients",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The gradient at the first steps of time beside that at the last, and the loss at the end."""
        late = [one.through_time for one in later_snapshots(signals) if one.through_time[1]]
        seen = [one for one in late if one[3] > 0 and math.isfinite(one[2])]
        losses = signals.losses
        if len(seen) < MIN_SNAPSHOTS or losses.steps < MIN_STEPS or may_be_negative(signals):
            return None
        shares = [first / last for _, _, first, last in seen]
        if float(np.median(shares)) > MAX_SHARE:
            return None
        if not float(losses.windows(10)[-1]) > STUCK_SHARE * baseline_loss(signals):
            return None
        name, times, first, last = seen[int(np.argsort(shares)[len(shares) // 2])]
        title = (
            f"of {times} time steps the first get a gradient of {first:.1e} and the last {last:.1e}, in "
            f"{name or 'the net'}"
        )
        return Detection(title, {"layer": name, "steps": times, "first": first, "last": last})
