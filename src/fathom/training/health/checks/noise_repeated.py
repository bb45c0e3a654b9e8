"""Noise that is to be told, and is the same at each step.

A denoiser is asked for the noise that was added to its input. Where a seed is set within the loop each step draws the
same noise, and the net learns that by heart. Examples that come again in full batches have the same inputs, too.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS, MAX_OFF = 6, 0.01
"""Steps at which the same noise was asked for, and by which its numbers may be off."""

MIN_DIFFERENT = 0.9
"""Share of the inputs at these steps that are different ones."""


class NoiseRepeated(Check):
    """The targets are normal noise, and at each step the same."""

    name: ClassVar[str] = "noise_repeated"
    lesson: ClassVar[str] = "training"
    meaning: ClassVar[str] = (
        "The random numbers begin anew at each step, so the noise is always the same. The net can learn it by heart "
        "without looking at its input."
    )
    advice: ClassVar[str] = (
        "Set the seed once, before the training, and never in the loop. What has to be the same at each evaluation is "
        "drawn by a torch.Generator of its own."
    )
    explains: ClassVar[tuple[str, ...]] = ("input_unread", "unfinished", "stagnating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """Compare what was asked for with what was given."""
        seen = [one for one in signals.snapshots if one.details.noise and one.rows]
        if len(seen) < MIN_LOOKS or len(seen) < len(signals.snapshots) / 2 or has_several_passes_per_step(signals):
            return None
        apart = np.ptp([one.details.noise for one in seen], 0).max()
        rows = [row for one in seen for row in one.rows]
        if not apart < MAX_OFF or len(set(rows)) < MIN_DIFFERENT * len(rows):
            return None
        title = (
            f"at each of {len(seen)} steps looked at the targets are the same random numbers, though the inputs "
            "differ: a seed is set in the loop"
        )
        return Detection(title, {"looks": len(seen)})
