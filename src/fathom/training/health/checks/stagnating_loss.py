"""A loss that has hardly fallen.

This is a symptom: where another check has found the cause, it is left out.
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import prior_loss
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, may_be_negative
from fathom.training.health.analysis.majority_class import gain_over_majority_class
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS = 100
"""Steps after which a loss should have moved."""

MIN_FALL_SHARE = 0.05
"""A loss that fell by less than this share has stagnated."""

BETTER_THAN_MAJORITY_SES = 1.0
"""Standard errors by which answers are better than the most frequent class: then something was learned, if not much."""

NOTHING_TO_LEARN_SHARE = 1e-3
"""A baseline below this share of the first loss: all targets are alike."""

ALREADY_LEARNED_SHARE = 0.7
"""A first loss below this share of the baseline is that of a net that was trained before."""


class StagnatingLoss(Check):
    """The loss has hardly fallen at all."""

    name: ClassVar[str] = "stagnating_loss"
    severity = "warning"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "The loss stays where it would be if the net ignored its input."
    advice: ClassVar[str] = (
        "Check whether the net can learn 16 examples by heart. If not, find where the gradient is lost. Then "
        "try other learning rates, and check that inputs and labels belong together."
    )

    def run(self, signals: Signals) -> Detection | None:
        """The end against the beginning, where the beginning was that of a net that knows nothing."""
        losses, known = signals.losses, prior_loss(signals)
        if (
            losses.steps < MIN_STEPS
            or losses.first_nonfinite_step is not None
            or has_several_passes_per_step(signals)
            or may_be_negative(signals)
        ):
            return None
        if gain_over_majority_class(signals)[0] > BETTER_THAN_MAJORITY_SES:
            return None
        parts = losses.windows(10)
        begun = max(float(losses.first), float(parts[0]))
        ended = float(parts[-1])
        if known <= NOTHING_TO_LEARN_SHARE * losses.first:
            return None  # there is nothing to learn: all targets are alike
        if math.isfinite(known):  # a net that begins sure and wrong falls to chance, and has learned nothing
            if begun < ALREADY_LEARNED_SHARE * known:
                return None  # it had learned before
            begun = min(begun, known)
            if ended < (1 - MIN_FALL_SHARE) * begun:
                return None
        elif begun <= 0 or ended < (1 - MIN_FALL_SHARE) * begun or signals.pretrained or not signals.loss_kind:
            return None
        title = f"the loss hardly falls: {losses.first:.3g} at first, {ended:.3g} after {losses.steps:,} steps"
        if math.isfinite(known):
            title += f"; without the input it would be {known:.3g}"
        return Detection(title, {"first": losses.first, "last": ended, "steps": losses.steps, "chance": known})
