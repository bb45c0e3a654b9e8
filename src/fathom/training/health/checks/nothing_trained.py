"""A training that ended without a step."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class NothingTrained(Check):
    """The loop over the batches was never entered."""

    name: ClassVar[str] = "nothing_trained"
    lesson: ClassVar[str] = "training"
    meaning: ClassVar[str] = (
        "The weights are the same as at the start. The figures show chance, or what a pretrained net already knew."
    )
    advice: ClassVar[str] = (
        "Check how many batches the loader gives (len(loader)). With drop_last=True fewer rows than one "
        "batch give none, and a filter may have removed all rows."
    )

    def run(self, signals: Signals) -> Detection | None:
        """Neither a pass, nor a step, nor a loss."""
        if not signals.ended_without_step:
            return None
        return Detection("no step was made: the net was never given a batch to be trained on", {"steps": 0})
