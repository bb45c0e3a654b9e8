"""Epochs without a step: the iterator of batches was made once, and has nothing left after the first epoch."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_EVALUATIONS = 5
"""Times that the net was asked the same again without a step: several figures may be computed of one net, each anew."""


class BatchesUsedUp(Check):
    """The net is judged again and again, and no step was made between."""

    name: ClassVar[str] = "batches_used_up"
    lesson: ClassVar[str] = "mini-batches"
    meaning: ClassVar[str] = (
        "All steps were taken before the first time the net was judged. The object that gives the batches is "
        "empty after one epoch, so the later epochs train nothing."
    )
    advice: ClassVar[str] = (
        "Make the iterator again in each epoch. A DataLoader starts again by itself; a generator or "
        "iter(loader) does not."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "low_learning_rate", "stagnating_loss", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """The same first example, asked at the last step many times, and at no step before."""
        judged = [(step, again) for step, again in signals.judged_again if step]
        if len(judged) != 1 or not signals.optimizer_stepped:
            return None
        step, again = judged[0]
        if step != signals.losses.steps or again + 1 < MIN_EVALUATIONS:
            return None
        title = f"no training step between the last {again + 1} evaluations, all of them after step {step}"
        return Detection(title, {"evaluations": again + 1, "steps": step})
