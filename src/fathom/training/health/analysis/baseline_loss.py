"""What a loss is compared with: what knowing nothing costs."""

from __future__ import annotations

import math

import numpy as np

from fathom.training.health.signals import Signals

UNLUCKY_BATCH_SDS = 3.0
"""Standard deviations over batches by which the baseline of an unlucky batch lies above the mean one."""

MIN_EXAMPLES_FOR_BASELINE = 32
"""Examples whose first loss says about what knowing nothing costs."""


def highest_baseline_loss(signals: Signals) -> float:
    """What a loss is compared with that may have risen: the largest that knowing nothing may cost on a batch.

    That is the first loss, or what one who knows the classes' shares (or the targets' mean) loses on an unlucky batch.
    Where that is not known and batches are small, it is the mean loss of the first examples, since one batch says
    little.
    """
    losses, seen = signals.losses, signals.chances()
    if len(seen):
        return max(losses.first, float(seen.mean() + UNLUCKY_BATCH_SDS * seen.std()))
    known = signals.chance()
    if math.isfinite(known):
        return max(losses.first, known)
    batch = max((look.batch for look in signals.looks), default=0) * losses.per
    few = 0 < batch < MIN_EXAMPLES_FOR_BASELINE * losses.per and len(losses.values) > 0
    return (
        max(losses.first, float(np.mean(losses.values[: -(-MIN_EXAMPLES_FOR_BASELINE // batch)])))
        if few
        else losses.first
    )
