"""A forecast that is no better than saying the last value again.

Of prices, loads and other slow series that alone explains nearly all of the variance, so that a curve of the forecasts
looks perfect, a step late (the naive forecast: Hyndman & Koehler 2006 measure all others by it).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, is_plain
from fathom.training.health.analysis.selection import later_snapshots
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_NAIVE_SHARE = 0.2
"""Of the targets' variance, that is left when the last value is said again."""

MIN_ERROR_SHARE, MAX_ERROR_SHARE = 0.95, 3.0
"""Of the error of the last value, that the net's error is in the second half of the training …"""

MIN_LEVEL = 0.6
"""… and of the mean loss of its third quarter, that the last tenth has: a net that still learns may become better."""

MIN_SNAPSHOTS, MIN_STEPS = 3, 100
"""That are compared, and steps of the training."""


class RepeatsLastValue(Check):
    """The net's error is that of the naive forecast."""

    name: ClassVar[str] = "repeats_last_value"
    severity = "warning"
    lesson: ClassVar[str] = "metrics"
    meaning: ClassVar[str] = (
        "The target is nearly the last value of the input. So the net learns to copy the previous value, and nothing "
        "of how the series moves. A high R² or a curve that fits says nothing here."
    )
    advice: ClassVar[str] = (
        "Learn the change instead of the level: target minus last value (a difference, or a logarithmic return), with "
        "differenced inputs. Compare with the baseline that repeats the last value."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "low_learning_rate")

    def run(self, signals: Signals) -> Detection | None:
        """The later snapshots: the net's error beside the last value's."""
        seen = [
            (one.targets.squared_error, one.details.last_value_error, one.targets.variance)
            for one in later_snapshots(signals)
            if one.targets and math.isfinite(one.details.last_value_error)
        ]
        if signals.loss_kind != "squared" or len(seen) < MIN_SNAPSHOTS or signals.losses.steps < MIN_STEPS:
            return None
        if has_several_passes_per_step(signals) or not is_plain(signals):
            return None
        error, naive, variance = (float(np.mean(part)) for part in zip(*seen, strict=True))
        if not 0 < naive < MAX_NAIVE_SHARE * variance or not MIN_ERROR_SHARE < error / naive < MAX_ERROR_SHARE:
            return None
        parts = signals.losses.windows(20)
        if parts[-2:].mean() < MIN_LEVEL * parts[10:15].mean():
            return None
        title = (
            f"the net is no better than repeating the last value of its input: its squared error is {error:.3g}, that "
            f"of the last value {naive:.3g}, with a variance of the targets of {variance:.3g}"
        )
        return Detection(title, {"error": error, "last_value": naive, "variance": variance})
