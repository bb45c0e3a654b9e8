"""Random changes of the examples that are judged, as augmentation makes them for training."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_EVALUATIONS = 2
"""Evaluations that were compared with the one before, in each of which the examples must have been changed."""


class JudgedAtRandom(Check):
    """The same examples are judged each time, and are changed by chance."""

    name: ClassVar[str] = "judged_at_random"
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "Random augmentation is applied to what is judged, too. The result is lower than that of the true examples, "
        "and differs from time to time."
    )
    advice: ClassVar[str] = (
        "Use two data sets: one with augmentation for training, one without for dev. Apply augmentation after the "
        "split, to training only."
    )
    explains: ClassVar[tuple[str, ...]] = ("judged_on_other_inputs",)

    def run(self, signals: Signals) -> Detection | None:
        """At each evaluation that was compared; where one class is told for each example."""
        details = signals.details
        compared, changed = details.judged_changed
        one_class = signals.loss_kind in ("cross-entropy", "nll") or (
            signals.loss_kind == "binary" and signals.classes <= 1  # of many numbers, as of a picture that is coded
        )
        if not one_class or not any(one.details.one_answer for one in signals.snapshots):
            return None
        if compared < MIN_EVALUATIONS or changed < compared or details.judged_several_ways or details.inputs_moved:
            return None
        title = f"dev is augmented: at each of {compared} evaluations the same examples are changed anew by chance"
        return Detection(title, {"evaluations": compared})
