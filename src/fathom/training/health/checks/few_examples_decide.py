"""An error that a few examples of each batch have nearly alone, since it is divided by numbers near 0.

An error in per cent of a target that passes through 0 is large without bound next to it. The gradient of a batch is
then that of a few rows, and what they ask for is an answer of 0, which is never off by more than 100 %.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS, MAX_SNAPSHOTS = 5, 10
"""First ones, over which the mean is taken."""

MIN_SHARE = 0.3
"""Of the gradient, that the few examples have: of normal errors it would be 0.15 if each counted by its size."""


class FewExamplesDecide(Check):
    """A twentieth of each batch has a large part of the gradient, though the error is no square."""

    name: ClassVar[str] = "few_examples_decide"
    severity = "warning"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "A few examples of each batch decide where the step goes. The others hardly count. This is so where errors are "
        "divided by numbers near 0, or weighed by very unequal weights."
    )
    advice: ClassVar[str] = (
        "If the error is a percentage, use it only for targets that are far from 0. Else take the absolute error, or "
        "that of logarithms, or divide by the mean target. Look at the largest weights."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "unfinished", "stagnating_loss", "low_learning_rate", "oscillating_loss", "high_learning_rate",
        "targets_not_scaled", "diverging_loss", "labels_unrelated", "input_unread", "dead_units",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The shares on the first snapshots, of an absolute error alone."""
        if signals.loss_kind != "absolute" or not signals.is_single_term or has_several_passes_per_step(signals):
            return None
        seen = [one.details.share_of_few for one in signals.snapshots[:MAX_SNAPSHOTS]]
        share = float(np.mean(seen)) if len(seen) >= MIN_SNAPSHOTS else 0.0
        if not share >= MIN_SHARE:  # NaN where that is not known
            return None
        title = (
            f"a twentieth of the examples of a batch has {100 * share:.0f} % of the gradient of an absolute error, "
            "where all would have the same: is it divided by targets near 0?"
        )
        return Detection(title, {"share": share})
