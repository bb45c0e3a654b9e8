"""A learning rate that is too low, seen from what the steps do to the weights and to the loss."""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.diagnosis.convergence import STILL_IMPROVING
from fathom.finding_kinds import FindingKind
from fathom.training.health.analysis.baseline_loss import baseline_loss, prior_loss
from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.analysis.update_size import (
    creeps,
    largest_update,
)
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

ANNEALED_SHARE = 0.02
"""The share of its highest to which a rate has come down too soon …"""

STILL_HIGH_SHARE = 0.25
"""… where the loss is still at this share of the baseline."""

STEADY_FALL_SHARE = 0.5
"""The last third must still fall at least this much as fast as the first, for a training to creep."""


class LowLearningRate(Check):
    """The loss creeps: tiny steps, and as fast a fall at the end as at the beginning."""

    name: ClassVar[str] = "low_learning_rate"
    replaces: ClassVar[tuple[FindingKind, ...]] = (STILL_IMPROVING,)
    cause: ClassVar[str] = "the learning rate is too low"
    severity = "warning"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "The loss falls slowly and evenly. The learning rate is too low to reach a good net in this time."
    )
    advice: ClassVar[str] = "Multiply the learning rate by 10, then by 10 again (or let --lr auto find it)."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "labels_unrelated", "unfinished")

    def run(self, signals: Signals) -> Detection | None:
        """Tiny updates; the loss far from its floor, and its last third falls about as fast as its first."""
        size, losses = largest_update(signals), signals.losses
        if losses.steps < 20 or losses.first_nonfinite_step is not None or may_be_negative(signals):
            return None
        if gone := _annealed_too_soon(signals):
            return gone
        if size == 0:
            return _rate_of_0(signals)
        if not creeps(signals, size):
            return None
        parts = losses.windows(12)
        if len(parts) < 12:
            return None
        begun, ended = float(parts[:2].mean()), float(parts[-2:].mean())
        known = prior_loss(signals)
        if ended < 0.5 * begun or (math.isfinite(known) and begun < 0.5 * known):
            return None  # it got somewhere, or had been there before
        first, last = float(parts[0] - parts[4]), float(parts[-5] - parts[-1])
        if first > 0 and last < STEADY_FALL_SHARE * first and ended < 0.9 * begun:
            return None  # it had fallen, and flattened
        title = (
            f"a step changes the weights by {size:.0e} of their size; the mean loss of the first sixth of the steps "
            f"was {begun:.3g}, of the last {ended:.3g}"
        )
        return Detection(title, {"update": size, "first": begun, "last": ended})


def _rate_of_0(signals: Signals) -> Detection | None:
    """Steps of exactly 0 are no small steps: either the rate is 0, or something else stands in the way."""
    rates = [one.learning_rate for one in signals.snapshots if math.isfinite(one.learning_rate)]
    if not rates or any(rates):
        return None
    return Detection(f"it is 0 on each of {len(rates)} steps looked at", {"rate": 0.0, "looks": len(rates)})


def _annealed_too_soon(signals: Signals) -> Detection | None:
    """The rate has come down to next to nothing by half of the steps, and the loss is still high."""
    losses = signals.losses
    rates = [
        (snapshot.step, snapshot.learning_rate)
        for snapshot in signals.snapshots
        if math.isfinite(snapshot.learning_rate)
    ]
    early = [rate for step, rate in rates if step <= losses.steps / 2]
    end, high = float(losses.windows(10)[-1]), STILL_HIGH_SHARE * baseline_loss(signals)
    if len(early) < 3 or max(rate for _, rate in rates) > max(early) or not end > high:
        return None
    share = early[-1] / max(early) if max(early) > 0 else 1.0
    if share > ANNEALED_SHARE or rates[-1][1] > early[-1]:
        return None
    title = f"it was down to {100 * share:.2g} % of its highest after half of the steps; the loss ends at {end:.3g}"
    return Detection(title, {"share": share, "last_loss": end})
