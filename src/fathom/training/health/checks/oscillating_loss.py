"""A loss that jumps to where it began, again and again.

This is a symptom: where another check has found the cause, it is left out.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import highest_baseline_loss
from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.analysis.moving_average import MIN_EXAMPLES_PER_MEAN, moving_average
from fathom.training.health.analysis.selection import largest_batch
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class OscillatingLoss(Check):
    """The loss jumps to where it began, again and again."""

    name: ClassVar[str] = "oscillating_loss"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "Some steps undo what others have learned: the rate is near the edge of what the loss allows, or the batches "
        "are too small for it."
    )
    advice: ClassVar[str] = "Lower the learning rate, take larger batches, or clip the gradient (--grad-clip 1)."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """In the second half, jumps well above the first loss, and much lower losses between them."""
        losses = signals.losses
        batch = largest_batch(signals)
        wide = max(1, MIN_EXAMPLES_PER_MEAN // batch) if batch else 1
        late = moving_average(np.array(losses.values[len(losses.values) // 2 :]), wide)[::wide]
        if losses.steps < 50 or losses.steps_per_value > 8 or not np.isfinite(late).all() or may_be_negative(signals):
            return None
        start = highest_baseline_loss(signals)
        jumps = int((late > 1.5 * start).sum())
        if jumps < max(3, 0.02 * len(late)) or float(np.median(late)) > 1.2 * start:
            return None
        title = (
            f"{jumps} of the last {len(late)} steps had a loss of more than 1.5 times the first one, {losses.first:.3g}"
        )
        return Detection(title, {"jumps": jumps, "steps": len(late), "median": float(np.median(late))})
