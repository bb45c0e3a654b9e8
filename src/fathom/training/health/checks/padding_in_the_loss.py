"""A loss that counts the places at which rows are filled up."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SHARE = 0.5
"""Of the places that the loss counts, on the median of the first snapshots."""

MIN_SNAPSHOTS = 3
"""That must show it."""


class PaddingInTheLoss(Check):
    """Most of what is to be told is padding."""

    name: ClassVar[str] = "padding_in_the_loss"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "The loss counts padding. Padding is easy to predict, so it lowers the loss and the error without "
        "any learning of the real positions."
    )
    advice: ClassVar[str] = (
        "Leave padding out: cross_entropy(…, ignore_index=…) with the label of the padding, or a mask. Leave "
        "it out of the metric, too."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "one_class", "labels_unrelated", "stagnating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """The share on the first snapshots."""
        seen = [one.answer_gradient.padding_counted for one in signals.snapshots]
        shares = [share for share in seen if math.isfinite(share)]
        if len(shares) < MIN_SNAPSHOTS or not float(np.median(shares)) > MIN_SHARE:
            return None
        share = float(np.median(shares))
        title = f"{100 * share:.0f} % of the positions that the loss counts are padding, all with the same label"
        return Detection(title, {"share": share, "looks": len(shares)})
