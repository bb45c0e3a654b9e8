"""Dropout behind the last layer: what the loss is given is half nothing."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""On each of which the answer must have been dropped."""


class AnswersDropped(Check):
    """The answer goes through a dropout before it goes into the loss."""

    name: ClassVar[str] = "answers_dropped"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = (
        "Dropout behind the last layer sets parts of the answer to 0 and enlarges the others. The loss then punishes "
        "the net for what chance did."
    )
    advice: ClassVar[str] = "Remove the dropout behind the last layer. It belongs between hidden layers."
    explains: ClassVar[tuple[str, ...]] = (
        "labels_unrelated", "stagnating_loss", "unfinished", "oscillating_loss", "targets_filled_with_zeros",
        "judged_in_training_mode", "wrong_initial_loss", "heavy_dropout", "high_learning_rate",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On each of the first snapshots, by a loss that takes the answer as it is."""
        seen = [one.details.dropped for one in signals.snapshots if one.details.dropped >= 0]
        if not signals.details.takes_scaled_answer or len(seen) < MIN_SNAPSHOTS:
            return None
        share = float(np.mean(seen))
        title = f"a dropout behind the last layer sets {100 * share:.0f} % of the answers themselves to 0"
        return Detection(title, {"share": share, "looks": len(seen)})
