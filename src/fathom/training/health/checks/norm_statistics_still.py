"""Running statistics of batch norms that do not follow the data, or its last batch alone; the net is judged by them."""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 5
"""Snapshots on which they must be the same."""

MIN_STEPS = 20
"""Steps from the first of these to the last."""

MIN_STEPS_WITH_MOMENTUM = 100
"""Steps after which statistics that follow slowly must have left …"""

MAX_SHARE_LEFT = 0.5
"""… this share of what they were made with behind."""

LAST_BATCH = 0.9
"""Momentum from which on running statistics are little more than those of the last batch; who says 1 means it."""


class NormStatisticsStill(Check):
    """Trained with the statistics of each batch, judged with those it was made with, or those of the last batch."""

    name: ClassVar[str] = "norm_statistics_still"
    lesson: ClassVar[str] = "batch-norm"
    meaning: ClassVar[str] = (
        "In training, batch norm uses the mean and variance of the batch; in evaluation mode it uses running "
        "statistics, an average over many batches. Here these are not that. So the net that is judged differs "
        "from the net that was trained."
    )
    advice: ClassVar[str] = (
        "Use a momentum of 0.1 for batch norm. In PyTorch this is the share of the new batch; in other "
        "libraries it is the share of the old value. Let nothing else write running_mean and running_var."
    )

    def run(self, signals: Signals) -> Detection | None:
        """The same numbers on all snapshots, or a momentum that keeps all of the old ones, or nothing."""
        if not signals.evaluations_in_eval_mode or signals.pretrained:
            return None
        return _unmoved(signals) or _slow(signals) or _of_one_batch(signals)


def _unmoved(signals: Signals) -> Detection | None:
    """On all snapshots the statistics of a norm that was used in training mode are the same."""
    looks = [one for one in signals.snapshots if one.norm_statistics]
    if len(looks) < MIN_SNAPSHOTS or looks[-1].step - looks[0].step < MIN_STEPS:
        return None
    first = looks[0].norm_statistics
    still = [name for name, value in first.items() if all(x.norm_statistics.get(name) == value for x in looks)]
    if not still:
        return None
    steps = looks[-1].step - looks[0].step
    title = (
        f"the running statistics of {still[0] or 'the batch norm'}{_more(len(still) - 1)} have not moved in {steps} "
        "steps, and the net is judged with them"
    )
    return Detection(title, {"norms": still, "steps": steps})


def _more(others: int) -> str:
    return f" and {others} more batch norms" if others > 1 else " and one more batch norm" if others else ""


def _slow(signals: Signals) -> Detection | None:
    """What is left of the statistics that a norm was made with, after so many batches."""
    batches, momentum = signals.norm_batches[0], signals.norm_momenta[0]
    if not math.isfinite(momentum) or not 0 <= momentum <= 1 or batches < MIN_STEPS_WITH_MOMENTUM:
        return None
    left = (1 - momentum) ** batches
    if left <= MAX_SHARE_LEFT:
        return None
    title = (
        f"after {batches} batches the running statistics of a batch norm are still {100 * left:.0f} % those it was "
        f"made with, since its momentum is {momentum:g}; the net is judged with them"
    )
    return Detection(title, {"batches": batches, "left": left, "momentum": momentum})


def _of_one_batch(signals: Signals) -> Detection | None:
    """A momentum that other libraries would call one of 0.1 or less."""
    batches, momentum = signals.norm_batches[0], signals.norm_momenta[1]
    if not LAST_BATCH <= momentum < 1 or batches < MIN_STEPS:
        return None
    title = (
        f"the running statistics of a batch norm are {100 * momentum:g} % those of the last batch, since its momentum "
        f"is {momentum:g}; the net is judged with them"
    )
    return Detection(title, {"batches": batches, "momentum": momentum})
