"""The learning rate of each step, as a schedule makes it."""

from __future__ import annotations

import math

from torch import Tensor
from torch.optim import Optimizer

from fathom.training.health.details import TrainingDetails

MAX_RATES = 512
"""Rates that are kept: with more steps, those of every second, every fourth …"""


def keep_rate(details: TrainingDetails, optimizer: Optimizer, step: int) -> None:
    """Keep the rate of a step; asked at every step.

    Args:
        details: where it is kept.
        optimizer: the first one.
        step: from 0.
    """
    group = optimizer.param_groups[0]
    rate = group.get("lr")
    if rate is None or isinstance(rate, Tensor):  # a device is not waited for
        return
    rates = details.rates
    if not rates or step == 1:  # a schedule made after the first look has written by then
        goals = [group[key] for key in ("max_lr", "initial_lr") if isinstance(group.get(key), float)]
        details.rate_goal = max(goals, default=math.nan)
    if rates and rate != rates[-1] and details.steps_per_rate == 1:
        details.rate_changes += 1
    if step != len(rates) * details.steps_per_rate:
        return
    rates.append(float(rate))
    if len(rates) >= MAX_RATES:
        details.rates, details.steps_per_rate = rates[::2], 2 * details.steps_per_rate
