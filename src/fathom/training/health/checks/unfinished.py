"""A training that was stopped while it still learned fast.

Two ways to see it: the loss falls steeply up to the end at a rate that had not come down; or the net was judged a few
times only, and the loss fell by a good part from the second quarter of the steps to the last. So early the training
loss is that of examples which the net has hardly seen before, so that its fall is no learning by heart. Of the short
trainings that are called so, nearly all make at least a tenth fewer mistakes after three times the epochs
(``benchmarks/coach/lengths.py`` counts them, on the sets on which the bounds were chosen).
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from fathom.diagnosis.convergence import STILL_IMPROVING
from fathom.finding_kinds import FindingKind
from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, may_be_negative
from fathom.training.health.analysis.trend_line import trend_line
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS = 4
"""Steps below which nothing can be said."""

MIN_STEPS_FOR_LINE = 20
"""Steps from which a line is drawn through the last third …"""

MIN_FALL_OF_FIRST_LOSS = 0.2
"""… which must fall by this share of the first loss …"""

MIN_FALL_OF_THE_REST = 0.2
"""… by this share of what is left of it …"""

MIN_STANDARD_ERRORS = 3.5
"""… and by so many standard errors of the slope."""

ANNEALED_SHARE = 0.5
"""A rate below this share of its highest has come down: the end was planned."""

ALMOST_NOTHING_SHARE = 0.15
"""A loss whose last tenth is below this share of what knowing nothing costs is nearly as low as it can be: it may well
fall to a half of that, and hardly an answer would be another.
"""

MAX_EVALUATIONS = 5
"""Times that the net was judged up to which a training is short."""


FEWEST_STEPS = 19
"""Steps within which hardly any net has learned what it can, whatever the noise, and however often it was judged."""


class _ShortTraining(NamedTuple):
    """What a short training must show, to be unfinished.

    Attributes:
        max_steps: up to which it is short.
        min_fall: share by which the last quarter of the losses lies below the second.
        min_share_left: share of the baseline that the loss is still at.
        min_standard_errors: of the fall.
    """

    max_steps: int
    min_fall: float
    min_share_left: float
    min_standard_errors: float


SHORT_TRAININGS = (
    _ShortTraining(FEWEST_STEPS, 0.03, 0.5, 0.0),
    _ShortTraining(40, 0.03, 0.8, 3.0),
    _ShortTraining(160, 0.02, 0.5, 6.0),
    _ShortTraining(100, 0.08, 0.2, 6.0),
    _ShortTraining(400, 0.2, 0.1, 4.0),
)
"""Any of these."""


class Unfinished(Check):
    """The loss was still falling steeply at the end."""

    name: ClassVar[str] = "unfinished"
    replaces: ClassVar[tuple[FindingKind, ...]] = (STILL_IMPROVING,)
    cause: ClassVar[str] = "stopped too early"
    severity = "note"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "The training ended while the loss was still falling fast. The figure says little about what the net can do."
    )
    advice: ClassVar[str] = "Train for more epochs, with a schedule that lowers the learning rate towards the end."

    def run(self, signals: Signals) -> Detection | None:
        """A line through the last third, or the last quarter of a short training against its second."""
        losses = signals.losses
        if (
            has_several_passes_per_step(signals)
            or may_be_negative(signals)
            or losses.steps < MIN_STEPS
            or losses.first_nonfinite_step is not None
        ):
            return None
        if float(losses.windows(10)[-1]) < ALMOST_NOTHING_SHARE * baseline_loss(signals):
            return None
        return (_falling_line(signals) if losses.steps >= MIN_STEPS_FOR_LINE else None) or _falling_quarters(signals)


def _falling_line(signals: Signals) -> Detection | None:
    """A line through the last third falls by more than its noise, and by a good part of the first loss."""
    values, rates = np.array(signals.losses.values), [snapshot.learning_rate for snapshot in signals.snapshots]
    if not rates or not np.isfinite(rates).all() or rates[-1] < ANNEALED_SHARE * max(rates):
        return None
    late = values[-max(10, len(values) // 3) :]
    slope, error = trend_line(late)
    fall = -slope * len(late)
    if fall < MIN_FALL_OF_FIRST_LOSS * signals.losses.first or slope > -MIN_STANDARD_ERRORS * error:
        return None
    if fall < MIN_FALL_OF_THE_REST * late.mean():
        return None
    quarter = max(1, len(late) // 4)
    begun, ended = float(late[:quarter].mean()), float(late[-quarter:].mean())
    steps = len(late) * signals.losses.steps_per_value
    title = (
        f"in the last {steps} steps the loss still fell, from a mean of {begun:.3g} in their first quarter to "
        f"{ended:.3g} in their last"
    )
    evidence = {"steps": steps, "before": begun, "last": ended, "fall": fall}
    return Detection(title, {**evidence, "slope": slope, "standard_error": error})


def _falling_quarters(signals: Signals) -> Detection | None:
    """The last quarter of the losses against the second quarter, where the net was judged a few times only."""
    losses = signals.losses
    values = np.array(losses.values)
    often = signals.evaluations > MAX_EVALUATIONS and losses.steps > FEWEST_STEPS
    if signals.evaluations < 1 or often or signals.pretrained:
        return None
    before, after = values[len(values) // 4 : len(values) // 2], values[3 * len(values) // 4 :]
    error = math.sqrt(sum(float(part.var(ddof=1)) / len(part) for part in (before, after) if len(part) > 1))
    fall = float(before.mean() - after.mean())
    whole = baseline_loss(signals)
    if not any(
        losses.steps <= short.max_steps
        and fall >= short.min_fall * before.mean()
        and after.mean() >= short.min_share_left * whole
        and fall >= short.min_standard_errors * error
        for short in SHORT_TRAININGS
    ):
        return None
    title = (
        f"the loss still fell from {before.mean():.3g} in the second quarter of {losses.steps} steps to "
        f"{after.mean():.3g} in the last"
    )
    return Detection(title, {"fall": fall, "standard_error": error, "judged": signals.evaluations})
