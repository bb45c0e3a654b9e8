"""Several labels that hold at once, where a softmax lets only one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""First batches whose labels must all be found again."""

MIN_SHARE = 0.05
"""Of the examples, that have several labels."""


class LabelsShareASoftmax(Check):
    """The probabilities of a softmax sum to 1, though several labels may hold."""

    name: ClassVar[str] = "labels_share_a_softmax"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "A softmax divides one probability of 1 among all labels. With several labels at once, at most one "
        "can be above 0.5."
    )
    advice: ClassVar[str] = (
        "If several labels can hold at once, give binary_cross_entropy_with_logits the raw output (a sigmoid "
        "for each label). If one holds, check that each row of the targets sums to 1."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "wrong_initial_loss", "stagnating_loss", "unfinished", "low_learning_rate", "vanishing_gradients",
        "labels_unrelated", "oscillating_loss", "targets_missing",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On each of the first batches."""
        early = signals.snapshots[:MIN_SNAPSHOTS]
        shares = [one.answer_gradient.several_labels for one in early]
        if len(early) < MIN_SNAPSHOTS or has_several_passes_per_step(signals):
            return None
        share = float(np.mean(shares))  # NaN if one is
        if not share >= MIN_SHARE:
            return None
        title = f"{100 * share:.0f} % of the examples have several labels, but a softmax allows one class only"
        return Detection(title, {"share": share, "batches": len(early)})
