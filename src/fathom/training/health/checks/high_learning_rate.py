"""A learning rate that is too high, seen from what the steps do to the weights and to the loss.

That a step changes the weights by a large share of their size is no proof alone: the loss must show it, too.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.analysis.baseline_loss import MIN_EXAMPLES_FOR_BASELINE, highest_baseline_loss
from fathom.training.health.analysis.loss_assumptions import (
    LONG_STEP,
    has_several_passes_per_step,
    may_be_negative,
    may_rise,
)
from fathom.training.health.analysis.moving_average import MIN_EXAMPLES_PER_MEAN, moving_average
from fathom.training.health.analysis.relative_gradient import had_no_gradient
from fathom.training.health.analysis.selection import largest_batch
from fathom.training.health.analysis.unit_activity import (
    MAX_DEAD_SHARE,
    MAX_SATURATED_AT_START,
    dead_from_the_start,
    most_dead_layer,
    saturated_layer,
    snapshots_for_dead_units,
)
from fathom.training.health.analysis.update_size import (
    late_update,
    median_update,
    typical_update,
)
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_RISE = 2.0
"""The mean loss of some steps against the first loss, or the baseline: above this, the steps have made it worse."""

RECOVERED_SHARE = 0.15
"""A loss that ends below this share of the first has found its way, however it began."""

MAX_RISE_IF_RECOVERED = 20.0
"""A loss that has been so many times as large left nothing of the first weights, wherever it went from there."""

MIN_RISE_BEFORE_NONFINITE = 10.0
"""A loss that is lost for the rate's sake has risen to so many times the first before it."""

MAX_JUMP = 3.0
"""A single step's loss against the first …"""

HARDLY_FALLEN_SHARE = 0.8
"""… where the last part of the training is still at this share of the first."""

LONG_EARLY_STEP = 0.1
"""Early steps of this size can push a unit so far that no input wakes it again, or that none moves it."""

LEARNED_WELL_SHARE = 0.05
"""A loss that ends below this share of the first needs no units that have died."""

NOTHING_LEARNED_SHARE = 0.9
"""Long steps are too long where the loss jumps and ends at this share of the first."""

VERY_LONG_STEP = 0.06
"""A median step of this size …"""

HALF_FALLEN_SHARE = 0.5
"""… is too long where the loss ends above this share of the first."""

LEAP = 0.3
"""A median step that changes the matrices by more than this share of their size forgets what was learned."""

LEARNED_SHARE = 0.2
"""A loss that ends below this share of the first is that of a net that has learned, whatever its steps look like."""

RESTLESS_STEP = 0.03
"""A median step of this size is too long for the net to settle …"""

NO_LOWER_SHARE = 0.96
"""… where the second half of the losses is no lower than this share of what lies between a fifth and a half …"""

MIN_STEPS_TO_SETTLE = 200
"""… of so many steps."""


class HighLearningRate(Check):
    """The steps have made the loss much larger than it was, or replace the weights."""

    name: ClassVar[str] = "high_learning_rate"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    cause: ClassVar[str] = "the learning rate is too high"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "The learning rate is too high. Each step goes past the minimum, so the loss rises or jumps."
    )
    advice: ClassVar[str] = (
        "Divide the learning rate by 10 (or let --lr auto find it), add a warm-up, or use larger batches."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "dead_units", "saturated_units", "stagnating_loss", "labels_unrelated", "diverging_loss", "oscillating_loss",
        "not_finite", "vanishing_gradients", "unfinished",
        "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """A rise above where it began, or leaps, with units that were alive at first."""
        losses = signals.losses
        if (
            not math.isfinite(losses.first)
            or (losses.steps < 10 and losses.first_nonfinite_step is None)
            or may_be_negative(signals)
        ):
            return None
        start, size = highest_baseline_loss(signals), typical_update(signals)
        if losses.first_nonfinite_step is not None:
            return _lost_at_a_rise(signals, start, size)
        end, batch = float(losses.windows(5)[-1]), largest_batch(signals) * losses.steps_per_value
        return (
            _risen(signals, start, size, end, batch)
            or _killing(signals, start, end)
            or _jumping(signals, start, size, end, batch)
            or _restless(signals, start, size, end)
        )


def _lost_at_a_rise(signals: Signals, start: float, size: float) -> Detection | None:
    """No number any more, after it had risen or leapt; where it was lost at once, that had another reason."""
    losses = signals.losses
    finite = [value for value in losses.values if math.isfinite(value)]
    if losses.first_nonfinite_step is None or (
        max(finite[1:], default=0.0) < MIN_RISE_BEFORE_NONFINITE * start and not size > LEAP
    ):
        return None
    title = f"the loss was {losses.first:.3g} at first and is not finite from step {losses.first_nonfinite_step + 1} on"
    return Detection(title, {"step": losses.first_nonfinite_step, "update": size})


def _risen(signals: Signals, start: float, size: float, end: float, batch: int) -> Detection | None:
    """Well above where it began, for some steps; of a few examples one may be hard, which is no rise."""
    losses = signals.losses
    if may_rise(signals, size):
        return None
    several = -(-2 * MIN_EXAMPLES_FOR_BASELINE // batch) if batch else 1
    wide = max(5, 16 // losses.steps_per_value, several)
    means = moving_average(np.array(losses.values[1:]), wide)
    worst = float(means.max()) if len(means) and start > 0 else 0.0
    if not worst > (MAX_RISE_IF_RECOVERED if end < RECOVERED_SHARE * start else MAX_RISE) * start:
        return None
    steps = wide * losses.steps_per_value
    title = f"the loss rose from {losses.first:.3g} at first to a mean of {worst:.3g} over {steps} steps"
    return Detection(title, {"first": losses.first, "highest": worst, "steps": steps, "update": size})


def _killing(signals: Signals, start: float, end: float) -> Detection | None:
    """An early step was so long that units never woke again, or lie at their flat ends since."""
    early = max((one for one in map(median_update, signals.snapshots[:8]) if math.isfinite(one)), default=0.0)
    if not early > LONG_EARLY_STEP:
        return None
    step = f"a step changed the weights by {100 * early:.0f} % of their size, and units of"
    died, flat = most_dead_layer(signals, snapshots_for_dead_units(signals)), saturated_layer(signals)
    if (
        died is not None
        and died[1] > MAX_DEAD_SHARE
        and not dead_from_the_start(signals, died[0])
        and end > LEARNED_WELL_SHARE * start
    ):
        return Detection(f"{step} {died[0]} are dead since then", {"update": early, "layer": died[0], "dead": died[1]})
    if flat is not None and flat[2] < MAX_SATURATED_AT_START:
        return Detection(
            f"{step} {flat[0]} are saturated since then", {"update": early, "layer": flat[0], "flat": flat[1]}
        )
    return None


def _jumping(signals: Signals, start: float, size: float, end: float, batch: int) -> Detection | None:
    """Single steps far above where it began, of a training that got nowhere; or steps that are leaps."""
    losses = signals.losses
    few = -(-MIN_EXAMPLES_PER_MEAN // batch) if batch else 1
    highest = float(moving_average(np.array(losses.values[1:]), few).max(initial=0.0))
    leaping = size > LONG_STEP and highest > 1.5 * start and end > NOTHING_LEARNED_SHARE * start
    jumped = highest > MAX_JUMP * start and end > HARDLY_FALLEN_SHARE * start and not may_rise(signals, size)
    if leaping or jumped:
        mean = "" if few * losses.steps_per_value == 1 else "a mean of "
        title = f"the loss jumped from {losses.first:.3g} to {mean}{highest:.3g}, and ends at {end:.3g}"
        return Detection(title, {"first": losses.first, "highest": highest, "last": end, "update": size})
    if had_no_gradient(signals):
        return None
    if (size > LEAP and end > LEARNED_SHARE * start) or (size > VERY_LONG_STEP and end > HALF_FALLEN_SHARE * start):
        title = f"a step changes the weights by {100 * size:.0f} % of their size"
        return Detection(title, {"update": size, "last_loss": end})
    return None


def _restless(signals: Signals, start: float, size: float, end: float) -> Detection | None:
    """Long steps to the end, and no lower for half of the training."""
    parts = signals.losses.windows(10)
    if not size > RESTLESS_STEP or signals.losses.steps < MIN_STEPS_TO_SETTLE or len(parts) < 10 or _annealed(signals):
        return None
    if (
        has_several_passes_per_step(signals)
        or not min(end, parts[-1]) > RECOVERED_SHARE * start
        or not late_update(signals) > RESTLESS_STEP
    ):
        return None
    late, before = float(parts[5:].mean()), float(parts[2:5].mean())
    if not late > NO_LOWER_SHARE * before:
        return None
    title = f"the loss stopped falling at {late:.3g}, while each step changes the weights by {100 * size:.0f} %"
    return Detection(title, {"update": size, "last_loss": end, "before": before})


def _annealed(signals: Signals) -> bool:
    """Whether the rate has come down by the end."""
    rates = [snapshot.learning_rate for snapshot in signals.snapshots if math.isfinite(snapshot.learning_rate)]
    return bool(rates) and rates[-1] < 0.5 * max(rates)
