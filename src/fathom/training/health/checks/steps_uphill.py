"""Steps that make the loss larger: the optimizer maximizes, or the rate is below 0."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import prior_loss
from fathom.training.health.analysis.loss_assumptions import is_plain, is_weighted, may_be_negative
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS = 10
"""Of a training."""

MIN_RISE = 1.05
"""Times by which the loss at the end lies above the first one."""

MIN_LOOKS, TURNED = 4, -0.9
"""Snapshots on which gradients are turned around before the step, and their cosine with what it is given."""

KNOWN_SHARE = 0.7
"""A first loss below this share of what knowing nothing costs is that of a net that is to forget something."""


class StepsUphill(Check):
    """The loss is made as large as it can be."""

    name: ClassVar[str] = "steps_uphill"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = "The steps go uphill: along the gradient, not against it. They make the loss larger."
    advice: ClassVar[str] = (
        "Remove maximize=True, or the minus before p.grad, unless the loss is a reward or a likelihood. See that the "
        "schedule never gives a learning rate below 0."
    )
    broken: ClassVar[bool] = True
    explains: ClassVar[tuple[str, ...]] = (
        "high_learning_rate", "diverging_loss", "oscillating_loss", "stagnating_loss", "not_finite", "unfinished",
        "labels_unrelated", "dead_units", "saturated_units", "exploding_gradients", "vanishing_gradients",
        "rate_climbs_again", "wrong_output", "loss_without_end", "one_class",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """What the optimizers are set to, what the loss is, and how it went."""
        if signals.losses.steps < MIN_STEPS:
            return None
        return _below_0(signals) or _maximized(signals)


def _below_0(signals: Signals) -> Detection | None:
    """A rate with the wrong sign, as of a line that falls to 0 and goes on."""
    rates = signals.details.rates
    below = [k for k, rate in enumerate(rates) if rate < 0]
    if not below:
        return None
    step = below[0] * signals.details.steps_per_rate + 1
    title = f"the learning rate is {min(rates):.2g}, below 0, from step {step} on: the steps go uphill"
    return Detection(title, {"lowest": min(rates), "step": step})


def _maximized(signals: Signals) -> Detection | None:
    """An error that is 0 at best, and grows, while all optimizers maximize."""
    losses = signals.losses
    values = np.array([value for value in losses.values if math.isfinite(value)])
    plain = signals.loss_kind in ("cross-entropy", "binary", "squared") and (is_plain(signals) or is_weighted(signals))
    turned = [one.details.gradient_kept for one in signals.snapshots if math.isfinite(one.details.gradient_kept)]
    is_turned = len(turned) >= MIN_LOOKS and max(turned) < TURNED
    if signals.details.maximizes_all == is_turned or not plain or signals.pretrained or may_be_negative(signals):
        return None
    known, end = prior_loss(signals), float(values[-max(1, len(values) // 10) :].mean())
    if losses.first < KNOWN_SHARE * known or not end > MIN_RISE * losses.first:
        return None
    why = "the gradients are turned around before the step" if is_turned else "the optimizer has maximize=True"
    title = f"{why}, and the loss is an error: it was {losses.first:.3g} at first, and has risen to {end:.3g}"
    return Detection(title, {"first": losses.first, "last": end})
