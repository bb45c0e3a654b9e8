"""Examples whose row of targets is empty, as those are of one-hot targets that were made along the wrong axis.

A cross-entropy has no gradient where the target says nothing. That may be meant so (unlabeled examples, masked places,
an index that is to be ignored); but then the loss is the mean over those that count. Where it is the mean over all, the
empty rows are counted as examples, and nobody meant them.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import MAX_DIFFERENCE_SHARE, has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SHARE = 0.4
"""Share of the examples that have no target, and that the net is in doubt of …"""

MIN_SNAPSHOTS = 3
"""… on each of the first snapshots."""

MIN_BATCH = 4
"""Examples of a batch."""


class TargetsMissing(Check):
    """Most examples have no target, and are counted nonetheless."""

    name: ClassVar[str] = "targets_missing"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "Many rows of the one-hot targets are all zero. These examples teach nothing, and other rows may "
        "have a wrong class."
    )
    advice: ClassVar[str] = (
        "Check one batch: each row of one-hot targets must sum to 1. Make them with F.one_hot(labels, "
        "classes), or zeros(n, classes).scatter_(1, labels[:, None], 1)."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "one_class", "class_order", "stagnating_loss", "labels_unrelated", "low_learning_rate", "unfinished",
        "dead_units", "vanishing_gradients", "high_learning_rate",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The share of examples with a gradient, and whether the loss is the mean over all of them."""
        early = [one for one in signals.snapshots if one.labels and one.batch_size >= MIN_BATCH][:MIN_SNAPSHOTS]
        if signals.loss_kind != "cross-entropy" or len(early) < MIN_SNAPSHOTS or has_several_passes_per_step(signals):
            return None
        labels = [one.labels for one in early if one.labels]
        shares = [one.share_with_gradient for one in labels]
        over_all = float(np.mean([one.cross_entropy * one.share_with_gradient for one in labels]))
        given = float(np.mean([one.loss for one in early]))
        if (
            min(one.share_unlabeled for one in labels) < MIN_SHARE
            or not math.isfinite(given)
            or signals.output_mismatch
        ):
            return None
        if abs(given - over_all) > MAX_DIFFERENCE_SHARE * over_all:
            return None
        examples = sum(one.batch_size for one in early)
        having = round(sum(one.batch_size * share for one, share in zip(early, shares, strict=True)))
        title = f"only {having} of {examples} examples in {len(early)} batches have a target, but the loss counts all"
        return Detection(title, {"examples": examples, "with_target": having})
