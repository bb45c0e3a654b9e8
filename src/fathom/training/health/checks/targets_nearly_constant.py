"""Targets that hardly differ, beside the answers of a net that begins.

The squared error of targets around 1 that differ by a thousandth is a millionth as soon as the net says 1 to all; what
is left to learn makes gradients so small that they are lost among those of the answers' own spread.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, is_plain
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_SPREAD = 0.02
"""Standard deviation of the targets, by the size of the first answers or of the targets, the larger of both …"""

MIN_FIRST_ANSWERS = 0.05
"""… of which the former are at least so large."""

MIN_LOSS_SHARE = 0.7
"""Of the targets' variance, that the loss ends above."""

MIN_STEPS = 50
"""Of a training."""


class TargetsNearlyConstant(Check):
    """The targets' spread is tiny, and nothing of it was learned."""

    name: ClassVar[str] = "targets_nearly_constant"
    cause: ClassVar[str] = "targets of a tiny spread"
    severity = "warning"
    lesson: ClassVar[str] = "standardize"
    meaning: ClassVar[str] = (
        "The targets differ by very little. The loss is near 0 as soon as the net gives one answer to all, "
        "so a low loss says nothing here. The outputs vary more by chance than the targets do."
    )
    advice: ClassVar[str] = (
        "Standardize the targets: subtract their mean and divide by their standard deviation on train, and undo it in "
        "predictions. Judge by R², not by the loss."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "unfinished", "oscillating_loss",
        "high_learning_rate", "dead_units", "input_unread", "exploding_gradients",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The first targets beside the first answers, and the loss at the end beside their variance."""
        seen = [one.targets for one in signals.snapshots[:5] if one.targets and one.targets.outputs == 1]
        first = signals.snapshots[0].output_rms if signals.snapshots else math.nan
        if signals.loss_kind != "squared" or len(seen) < 3 or signals.losses.steps < MIN_STEPS or signals.pretrained:
            return None
        if has_several_passes_per_step(signals) or not is_plain(signals) or not first > MIN_FIRST_ANSWERS:
            return None
        variance, mean = (float(np.median([getattr(x, name) for x in seen])) for name in ("variance", "mean"))
        spread, ended = math.sqrt(max(0.0, variance)), float(signals.losses.windows(10)[-1])
        if not 0 < spread < MAX_SPREAD * max(first, abs(mean)) or not ended > MIN_LOSS_SHARE * variance:
            return None
        title = (
            f"the targets have a standard deviation of {spread:.2g} around {mean:.3g}, the first outputs a size of "
            f"{first:.2g}; the loss of {ended:.2g} at the end is no less than the targets' variance of {variance:.2g}"
        )
        return Detection(title, {"std": spread, "mean": mean, "outputs": first, "loss": ended})
