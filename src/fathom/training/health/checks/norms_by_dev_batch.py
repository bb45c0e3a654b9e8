"""Batch norms without running statistics: what is judged is normalized by the batch that it happens to stand in.

That is meant so in some nets that make pictures, and does no harm where batches are large and mixed as in training.
Here the class of many examples changes with the examples beside them.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_FLIPS, MIN_SHARE = 4, 0.1
"""Examples that get another class with a batch of training beside them, and their share."""

MAX_FEW, MIN_TRAINED = 2, 8
"""Examples of a call that is judged, and of a batch of training, between which no statistics can agree."""


class NormsByDevBatch(Check):
    """The class of an example changes with the examples beside it, by the batch norms."""

    name: ClassVar[str] = "norms_by_dev_batch"
    lesson: ClassVar[str] = "batch-norm"
    meaning: ClassVar[str] = (
        "The batch norms have no running statistics (track_running_stats=False). So in evaluation mode, too, "
        "they use mean and variance of the batch. The answer to an example depends on the other examples of "
        "its batch."
    )
    advice: ClassVar[str] = (
        "Leave track_running_stats at True, and call model.eval() before judging. Or use GroupNorm or LayerNorm, which "
        "treat each example alone. In evaluation mode net(x[:4]) must equal net(x)[:4]."
    )

    def run(self, signals: Signals) -> Detection | None:
        """How many classes changed; or calls of so few examples that their statistics are those of no batch."""
        seen, fewest = signals.details.norm_flips, signals.details.fewest_judged
        asked, flips = (sum(one[k] for one in seen) for k in (0, 1))
        trained = float(np.median([one.batch_size for one in signals.snapshots] or [0]))
        if 0 < fewest <= MAX_FEW and trained >= MIN_TRAINED:
            title = (
                f"the batch norms have no running statistics, and are judged with batches of {fewest}, which then are "
                f"their own mean and variance; in training the batches have {trained:.0f}"
            )
            return Detection(title, {"judged": fewest, "trained": trained})
        if flips < MIN_FLIPS or flips < MIN_SHARE * asked:
            return None
        title = (
            "in evaluation mode the batch norms take mean and variance from the batch: beside a training batch "
            f"{flips} of {asked} examples get another class"
        )
        return Detection(title, {"asked": asked, "changed": flips})
