"""Inputs that are the same for all examples, as those are that were divided to nothing by whole numbers."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""Snapshots on which it must be so."""


class InputsConstant(Check):
    """All examples of a batch are the same numbers."""

    name: ClassVar[str] = "inputs_constant"
    cause: ClassVar[str] = "inputs that say nothing"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = "All inputs are equal. From them the net can learn only how frequent each class is."
    advice: ClassVar[str] = (
        "Print a batch where the net is called; values should be about -1 to 1. Integer division (//, or / "
        "of an integer type) gives 0, and a buffer that is never filled stays 0."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "dead_units", "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished",
        "input_unread", "inputs_not_scaled", "untrained_layers", "repeated_examples",
        "gradients_zero",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Compare the examples of each batch that was looked at."""
        seen = signals.trained_inputs
        sizes = [one.batch_size for one in signals.snapshots if one.batch_size]
        if len(seen) < MIN_SNAPSHOTS or not all(one.is_constant for one in seen) or max(sizes, default=0) < 2:
            return None
        if len({row for one in signals.snapshots for row in one.rows}) > 1:
            return None  # copies of one example beside each other, and then of another
        low, high = min(one.minimum for one in seen), max(one.maximum for one in seen)
        alike = f"all {low:.4g}" if low == high else f"the same numbers, from {low:.4g} to {high:.4g}"
        title = f"the inputs of the net are {alike}, for each example of {len(seen)} batches"
        return Detection(title, {"low": low, "high": high, "looks": len(seen)})
