"""A schedule that is stepped too seldom: its warm-up never comes to its end.

A schedule that raises the rate to a goal within some hundred batches, and is stepped once an epoch, stays at the
beginning of its warm-up. The goal stands in the optimizer, where the schedule has written it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_SHARE = 0.3
"""Of the goal, that the highest rate is below …"""

MIN_EVALUATIONS = 4
"""… after so many evaluations, while the rate rises …"""

MIN_STEPS_PER_CHANGE = 4
"""… and changes at one step in so many at most: a warm-up that is stepped with each batch is only not over yet."""

MIN_RESTARTS, MAX_STEP_BACK = 3, 0.2
"""Times that the rate falls back, and to which share of the highest, where a schedule is made anew in each epoch."""


class RateNotReached(Check):
    """The rate rises from epoch to epoch, and stays far below the one that the schedule is to reach."""

    name: ClassVar[str] = "rate_not_reached"
    lesson: ClassVar[str] = "schedules"
    meaning: ClassVar[str] = (
        "The schedule (warm-up or one-cycle) counts batches, and is stepped once an epoch. So the learning rate stays "
        "low for the whole training, and never falls at the end."
    )
    advice: ClassVar[str] = (
        "Call scheduler.step() after each optimizer.step(), or give the schedule the number of epochs instead of the "
        "number of batches. Plot the learning rate of every step."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "low_learning_rate", "stagnating_loss", "labels_unrelated", "unfinished", "one_class",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The rates, beside the goal."""
        details = signals.details
        rates, goal, changes = np.array(details.rates), details.rate_goal, details.rate_changes
        if len(rates) < 20 or signals.evaluations < MIN_EVALUATIONS or not np.isfinite(rates).all():
            return None
        steps = len(rates) * details.steps_per_rate
        if (anew := int((np.diff(rates) < 0).sum())) >= MIN_RESTARTS:
            return _begins_anew(signals, rates, goal, anew)
        rises = bool((np.diff(rates) >= 0).all()) and rates[-1] > rates[0]
        if not rises or not rates[-1] < MAX_SHARE * goal or changes * MIN_STEPS_PER_CHANGE > steps:
            return None
        title = (
            f"the learning rate never reaches the {goal:.3g} of its schedule: it rises from {rates[0]:.3g} to "
            f"{rates[-1]:.3g} only, in {signals.losses.steps:,} steps"
        )
        return Detection(title, {"goal": goal, "first": float(rates[0]), "last": float(rates[-1]), "changes": changes})


def _begins_anew(signals: Signals, rates: NDArray[np.float64], goal: float, anew: int) -> Detection | None:
    """The same short rise again and again, from the lowest rate, about once for each evaluation."""
    falls = np.flatnonzero(np.diff(rates) < 0)
    back = rates[falls + 1].max() <= rates.min() + MAX_STEP_BACK * (rates.max() - rates.min())
    if not back or not rates.max() < MAX_SHARE * goal or not anew <= signals.evaluations <= anew + 2:
        return None
    title = (
        f"the learning rate never reaches the {goal:.3g} of its schedule: it rises to {rates.max():.3g} and begins "
        f"anew, {anew} times, as a schedule that is made in each epoch does"
    )
    return Detection(title, {"goal": goal, "highest": float(rates.max()), "times": anew})
