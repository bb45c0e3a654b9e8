"""Several tasks with one body, of which one has nearly all of the gradient.

Losses of different units are added as if a cent were as much as a class (Kendall, Gal and Cipolla 2018). What the tasks
share is then trained for one of them alone.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS, MIN_STEPS = 6, 40
"""Of a training."""

MIN_RATIO = 300.0
"""Of the largest gradient to the smallest, on each of the first and of the last half of the snapshots in the median."""


class OneTaskDrowns(Check):
    """Of the answers of a net one has hundreds of times the gradient of another."""

    name: ClassVar[str] = "one_task_drowns"
    severity = "warning"
    cause: ClassVar[str] = "losses of unequal size"
    lesson: ClassVar[str] = "multi-task"
    meaning: ClassVar[str] = (
        "The losses of the tasks are added, and one is far larger. The layers that the tasks share are trained for "
        "this task alone."
    )
    advice: ClassVar[str] = (
        "Bring the losses to the same size: standardize targets that are amounts, or multiply each loss by a weight. "
        "Judge each task by itself."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "unfinished", "stagnating_loss", "targets_not_scaled", "exploding_gradients", "high_learning_rate",
        "oscillating_loss", "low_learning_rate",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The gradients of the answers, at the start and at the end."""
        seen = [one.details.answer_norms for one in signals.snapshots if one.details.answer_norms]
        if len(seen) < MIN_SNAPSHOTS or signals.losses.steps < MIN_STEPS or len({len(one) for one in seen}) > 1:
            return None
        norms = np.array(seen)  # (snapshots, answers)
        if not np.isfinite(norms).all() or not (norms > 0).all():
            return None
        half = len(norms) // 2
        first, last = (np.median(part, 0) for part in (norms[:half], norms[half:]))
        large, small = int(first.argmax()), int(first.argmin())
        ratios = first[large] / first[small], last[large] / last[small]
        if not min(ratios) >= MIN_RATIO:
            return None
        title = (
            f"of {norms.shape[1]} outputs of the net the gradient of number {large + 1} is {ratios[0]:,.0f} times that "
            f"of number {small + 1} at first, and {ratios[1]:,.0f} times at the end"
        )
        return Detection(
            title, {"large": large + 1, "small": small + 1, "outputs": norms.shape[1], "ratios": list(ratios)}
        )
