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
        "All steps lie before the first time that it was judged: what yields the batches is used up after one epoch, "
        "and the epochs that follow train nothing."
    )
    advice: ClassVar[str] = (
        "Make the iterator anew in each epoch: a DataLoader begins anew by itself, a generator or iter(loader) not."
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
        title = f"no step was made between the last {again + 1} times that it was judged, all after step {step}"
        return Detection(title, {"evaluations": again + 1, "steps": step})
