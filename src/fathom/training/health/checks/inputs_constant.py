"""Inputs that are the same for all examples, as those are that were divided to nothing by whole numbers."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""Snapshots on which it must be so."""

MIN_SAME, MIN_LOSS_SHARE = 0.6, 0.8
"""Of the examples that are one and the same, and of what knowing nothing costs, that the loss stays above."""

MIN_STEPS, MIN_ROWS = 50, 8
"""Of such a training, and of a batch of it."""


class InputsConstant(Check):
    """All examples of a batch are the same numbers."""

    name: ClassVar[str] = "inputs_constant"
    cause: ClassVar[str] = "inputs that say nothing"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "All or most inputs are equal. From them the net can learn only how frequent each class is."
    )
    advice: ClassVar[str] = (
        "Print a batch where the net is called; values should be about -1 to 1. Integer division (//, or / "
        "of an integer type) gives 0, and so does a cast of 0 to 1 to integers. A buffer that is never filled stays 0."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "dead_units", "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished",
        "input_unread", "inputs_not_scaled", "untrained_layers", "repeated_examples",
        "gradients_zero",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Compare the examples of each batch that was looked at."""
        seen = signals.trained_inputs
        if mostly := _mostly_same(signals):
            return mostly
        sizes = [one.batch_size for one in signals.snapshots if one.batch_size]
        if len(seen) < MIN_SNAPSHOTS or not all(one.is_constant for one in seen) or max(sizes, default=0) < 2:
            return None
        if len({row for one in signals.snapshots for row in one.rows}) > 1:
            return None  # copies of one example beside each other, and then of another
        low, high = min(one.minimum for one in seen), max(one.maximum for one in seen)
        alike = f"all {low:.4g}" if low == high else f"the same numbers, from {low:.4g} to {high:.4g}"
        title = f"the inputs of the net are {alike}, for each example of {len(seen)} batches"
        return Detection(title, {"low": low, "high": high, "looks": len(seen)})


def _mostly_same(signals: Signals) -> Detection | None:
    """In each batch most examples are one and the same, as after a cast to integers, and the loss stays where it was.

    An input of which little is other than 0 may rightly be so; then what is left tells something.
    """
    batches = [one.rows for one in signals.snapshots if len(one.rows) >= MIN_ROWS]
    if len(batches) < MIN_SNAPSHOTS or len(signals.trained_inputs) < MIN_SNAPSHOTS or signals.losses.steps < MIN_STEPS:
        return None
    row, _ = Counter(row for rows in batches for row in rows).most_common(1)[0]
    share = min(rows.count(row) / len(rows) for rows in batches)
    ended = float(signals.losses.windows(5)[-1])
    if share < MIN_SAME or share == 1 or has_several_passes_per_step(signals):
        return None
    if not ended > MIN_LOSS_SHARE * baseline_loss(signals):
        return None
    low, high = (
        pick(getattr(one, name) for one in signals.trained_inputs)
        for pick, name in ((min, "minimum"), (max, "maximum"))
    )
    title = (
        f"at least {100 * share:.0f} % of the examples of each batch are one and the same row, and all inputs lie "
        f"between {low:.4g} and {high:.4g}; the loss stays at {ended:.3g}"
    )
    return Detection(title, {"share": share, "looks": len(batches), "loss": ended})
