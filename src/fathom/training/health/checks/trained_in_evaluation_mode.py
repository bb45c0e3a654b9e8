"""Dropout and batch norm in evaluation mode while the net is trained.

A net whose batch norm was never in training mode has normalized by the statistics of nothing.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class TrainedInEvaluationMode(Check):
    """The net is trained in evaluation mode."""

    name: ClassVar[str] = "trained_in_evaluation_mode"
    severity = "warning"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = (
        "The net was trained in evaluation mode. Dropout was off, and batch norm did not use or learn the "
        "statistics of the batches. Often model.eval() was called to judge, and model.train() was not called "
        "after it."
    )
    advice: ClassVar[str] = "Call model.train() before each epoch."
    explains: ClassVar[tuple[str, ...]] = ("unfinished",)

    def run(self, signals: Signals) -> Detection | None:
        """All of them in evaluation mode on most snapshots or steps; single frozen norms are often meant to be."""
        if not signals.mode_dependent or len(signals.snapshots) < 3 or signals.pretrained:
            return None  # what a net has learned to normalize by is often kept when it is tuned
        snapshots, steps = signals.snapshots, signals.losses.steps
        wrong = [one for one in snapshots if len(one.layers_in_eval_mode) == signals.mode_dependent]
        counted = signals.steps_in_eval_mode
        often = len(wrong) > len(snapshots) / 2
        # an epoch in training mode holds many snapshots, however many follow in the other
        if not often and (not wrong or counted <= steps / 2 or has_several_passes_per_step(signals)):
            return None
        share = f"{counted:,} of {steps:,} steps" if counted else f"{len(wrong)} of {len(snapshots)} steps looked at"
        title = f"all {signals.mode_dependent} dropouts and norms were in evaluation mode on {share}"
        layers = wrong[-1].layers_in_eval_mode[:20]
        evidence = {"looks": len(snapshots), "asleep": len(wrong), "steps": counted, "layers": layers}
        return Detection(title, evidence)
