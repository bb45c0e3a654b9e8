"""A hinge loss with labels of 0 and 1, where it wants -1 and 1."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""On which it must be so."""


class HingeLabels(Check):
    """Examples within the margin have no gradient, and all others are pushed one way."""

    name: ClassVar[str] = "hinge_labels"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "A hinge loss wants labels of -1 and 1. An example with the label 0 has the same loss whatever the answer is, "
        "so nothing is learned from it."
    )
    advice: ClassVar[str] = "Turn labels of 0 and 1 into -1 and 1 for this loss: 2 * labels - 1."
    explains: ClassVar[tuple[str, ...]] = (
        "labels_unrelated", "stagnating_loss", "unfinished", "one_class", "gradients_zero", "dead_units",
        "loss_without_gradient",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On all snapshots with answers within the margin."""
        seen = [one.details.one_way for one in signals.snapshots if one.details.one_way[0] >= 0]
        if not signals.details.is_hinge or len(seen) < MIN_SNAPSHOTS or not all(alone for _, alone in seen):
            return None
        share = float(np.mean([still for still, _ in seen]))
        if not all(still for still, _ in seen[:MIN_SNAPSHOTS]):
            return None
        title = (
            f"the hinge loss has labels of 0 and 1: {100 * share:.0f} % of the examples have no gradient though they "
            "lie within its margin, and all others are pushed one way"
        )
        return Detection(title, {"share": share, "looks": len(seen)})
