"""A loss that jumps to where it began, again and again.

This is a symptom: where another check has found the cause, it is left out.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fathom.training.health.analysis.baseline_loss import highest_baseline_loss, prior_loss
from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.analysis.moving_average import MIN_EXAMPLES_PER_MEAN, moving_average
from fathom.training.health.analysis.selection import largest_batch
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_JUMP = 1.5
"""A loss so many times as high as it was at first has jumped."""

EXAMPLES_AT_START = 128
"""Examples of which the highest loss is taken for that of the beginning, where a batch has fewer."""


ROBUST_KINDS = ("absolute", "")
"""Losses that are chosen since some targets are far off: an example of these costs much, whatever the weights are."""

MAX_LOSS_AFTER = 1.2
"""Times the median loss, at which the step behind a jump may still lie."""


class OscillatingLoss(Check):
    """The loss jumps to where it began, again and again."""

    name: ClassVar[str] = "oscillating_loss"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "Some steps undo what others learned. The learning rate is near the limit for this loss, or the "
        "batches are too small for it."
    )
    advice: ClassVar[str] = "Lower the learning rate, use larger batches, or clip the gradient (--grad-clip 1)."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """In the second half, jumps well above the first loss, and much lower losses between them."""
        losses = signals.losses
        batch = largest_batch(signals)
        wide = max(1, MIN_EXAMPLES_PER_MEAN // batch) if batch else 1
        late = moving_average(np.array(losses.values[len(losses.values) // 2 :]), wide)[::wide]
        if losses.steps < 50 or losses.steps_per_value > 8 or not np.isfinite(late).all() or may_be_negative(signals):
            return None
        start = _highest_start(signals, batch)
        jumps = int((late > MIN_JUMP * start).sum())
        if jumps < max(3, 0.02 * len(late)) or float(np.median(late)) > 1.2 * start:
            return None
        if signals.loss_kind in ROBUST_KINDS and _are_alone(late, late > MIN_JUMP * start):
            return None
        each = wide * losses.steps_per_value
        what = "losses" if each == 1 else f"means of {each} losses"
        title = (
            f"in the second half {jumps} of {len(late)} {what} lie above {MIN_JUMP * start:.3g}, which is {MIN_JUMP} "
            "times the highest that was to be expected of a net that knows nothing"
        )
        evidence = {"jumps": jumps, "steps": len(late), "bound": MIN_JUMP * start, "median": float(np.median(late))}
        return Detection(title, {**evidence, "times": MIN_JUMP, "steps_per_mean": each})


def _are_alone(losses: NDArray[np.float64], is_jump: NDArray[np.bool_]) -> bool:
    """Whether the losses that follow the jumps are as low as any: then no step had undone what others learned."""
    after = losses[1:][is_jump[:-1]]
    return len(after) > 0 and float(np.median(after)) <= MAX_LOSS_AFTER * float(np.median(losses))


def _highest_start(signals: Signals, batch: int) -> float:
    """What a loss is expected to be at most before anything is learned.

    Where it is not known what knowing nothing costs, it is the highest of the first losses, since the first batch of a
    few examples may be a lucky one.
    """
    start, losses = highest_baseline_loss(signals), signals.losses
    if math.isfinite(prior_loss(signals)) or not 0 < batch < EXAMPLES_AT_START or losses.steps_per_value > 1:
        return start
    return max(start, *losses.values[: -(-EXAMPLES_AT_START // batch)])
