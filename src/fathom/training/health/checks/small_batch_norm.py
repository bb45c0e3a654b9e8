"""Batch norm on batches of one or two examples.

In training mode it normalizes by the mean and variance of the batch at hand, in evaluation mode by running averages of
them. The variance of n examples is off by about the root of 2 / (n - 1): of two it says nothing, of one it is that of
the example's own places, so that what was learned is another net than the one that is judged (Ioffe & Szegedy 2015;
Wu & He, "Group Normalization", 2018, where errors rise steeply below 8).
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS = 10
"""Steps that must have been made."""

MIN_SHARE = 0.5
"""Share of them whose batch was so small: the last batch of an epoch may be."""

SMALL = 2
"""Examples of such a batch."""


class SmallBatchNorm(Check):
    """Most steps normalized by the statistics of one or two examples."""

    name: ClassVar[str] = "small_batch_norm"
    cause: ClassVar[str] = "batch norm without a batch"
    severity = "warning"
    lesson: ClassVar[str] = "batch-norm"
    meaning: ClassVar[str] = (
        "Batch norm estimates mean and variance from very few examples in training, and uses averages over "
        "many in evaluation mode. So the net that is judged differs from the net that was trained."
    )
    advice: ClassVar[str] = "Use batches of 16 or more, or GroupNorm or LayerNorm instead of batch norm."

    def run(self, signals: Signals) -> Detection | None:
        """Count the steps, and ask the snapshots whether the first axis is that of the batch."""
        steps, small = signals.norm_batches
        sizes = [one.batch_size for one in signals.snapshots if one.batch_size]
        if steps < MIN_STEPS or small <= MIN_SHARE * steps or has_several_passes_per_step(signals):
            return None
        if not sizes or sum(size <= SMALL for size in sizes) <= MIN_SHARE * len(sizes):
            return None
        title = f"on {small:,} of {steps:,} steps the batch had {min(sizes)} to {SMALL} examples"
        if min(sizes) == max(sizes):
            title = f"on {small:,} of {steps:,} steps the batch had {min(sizes)} example{'s' * (min(sizes) > 1)}"
        return Detection(title, {"steps": steps, "small": small, "batch": min(sizes)})
