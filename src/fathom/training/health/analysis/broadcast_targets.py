"""Whether each answer was compared with each target, (batch, 1) with (batch,), as arrays are that are broadcast."""

from __future__ import annotations

import math

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.signals import Signals

MIN_BATCH = 4
"""Examples of a batch whose targets can be told to be all alike."""

MIN_FURTHER_LOSS_SHARE = 0.01
"""The loss is by more than this share of their squared error more than that."""

MAX_VARIANCE_SHARE = 1e-2
"""The targets' variance, as a share of what the loss is more, up to which they are all alike."""


def has_broadcast_targets(signals: Signals) -> bool:
    """Whether answers and targets were compared each with each.

    The gradient is then that of the targets' mean: as it shows them all are alike, from batch to batch another, and
    the loss is more than their squared error. Targets that are one number always, beside a further term, are none; nor
    are those of a loss without a gradient.
    """
    if signals.loss_kind not in ("", "squared") or has_several_passes_per_step(signals):
        return False
    seen = [
        (x.loss - x.targets.squared_error, x.targets)
        for x in signals.snapshots
        if x.targets and x.targets.outputs == 1 and x.batch_size >= MIN_BATCH
    ]
    seen = [(more, one) for more, one in seen if math.isfinite(more)]
    if len(seen) < 2 or not all(
        more > MIN_FURTHER_LOSS_SHARE * one.squared_error > 0 and one.variance < MAX_VARIANCE_SHARE * more
        for more, one in seen
    ):
        return False
    means = [one.mean for _, one in seen]
    return max(means) - min(means) > 1e-3 * math.sqrt(min(more for more, _ in seen))
