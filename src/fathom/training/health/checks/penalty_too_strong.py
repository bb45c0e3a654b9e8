"""Weights that shrink to nothing under a penalty that is a term of the loss."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.label_counts import counts_by_class
from fathom.training.health.analysis.relative_gradient import had_no_gradient
from fathom.training.health.analysis.selection import by_layer
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

SHRUNK_SHARE = 0.1
"""The largest layer's size at the end against that at the beginning: no layer is left that could say much."""

MIN_ERROR_SHARE = 0.9
"""The error must still be this share of what knowing nothing costs: small weights may do their work."""

MIN_STEPS, LAST_SNAPSHOTS = 30, 3


class PenaltyTooStrong(Check):
    """Without weight decay all layers have lost nearly all of their size, and nothing is learned."""

    name: ClassVar[str] = "penalty_too_strong"
    cause: ClassVar[str] = "a penalty in the loss is too strong"
    lesson: ClassVar[str] = "regularization"
    meaning: ClassVar[str] = (
        "A term of the loss punishes large weights more than the examples can reward them. So the weights shrink to "
        "nothing, and the answers with them."
    )
    advice: ClassVar[str] = "Divide the penalty's factor by 100, and raise it only while the training error stays low."
    explains: ClassVar[tuple[str, ...]] = (
        "labels_unrelated", "stagnating_loss", "vanishing_gradients", "low_learning_rate", "dead_units",
        "high_learning_rate", "oscillating_loss", "unfinished", "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Compare each layer's last size with its first, and the last errors with what knowing nothing costs."""
        losses = signals.losses
        if losses.steps < MIN_STEPS or losses.first_nonfinite_step is not None or signals.weight_decay > 0:
            return None
        if signals.is_single_term or had_no_gradient(signals):
            return None
        sizes = [(seen[0].weight_norm, seen[-1].weight_norm) for seen in by_layer(signals).values() if len(seen) > 2]
        shares = [last / first for first, last in sizes if first > 0]
        if not shares or max(shares) > SHRUNK_SHARE or not _knows_nothing(signals):
            return None
        share = max(shares)
        title = f"all layers have weights of {100 * share:.1f} % of their first size or less"
        return Detection(title, {"share": share})


def _knows_nothing(signals: Signals) -> bool:
    """Whether the last answers are hardly better than the same answer for all."""
    last = signals.snapshots[-LAST_SNAPSHOTS:]
    labels, targets = [one.labels for one in last if one.labels], [one.targets for one in last if one.targets]
    if labels:
        counts = np.array(list(counts_by_class(signals).values()), float)
        shares = counts / counts.sum()
        nothing = float(-(shares * np.log(shares)).sum())
        return float(np.mean([one.cross_entropy for one in labels])) >= MIN_ERROR_SHARE * nothing > 0
    error = float(np.mean([one.squared_error for one in targets])) if targets else 0.0
    return bool(targets) and error >= MIN_ERROR_SHARE * float(np.mean([one.variance for one in targets]))
