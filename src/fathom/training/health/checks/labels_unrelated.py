"""Labels that do not depend on the inputs, as far as a training can tell.

If nothing else is wrong and the loss stays where it is for one who knows the classes' shares alone, the inputs say
nothing about the labels: perhaps the two were read in different orders. What was answered must be no better than
chance, too: even where labels are so noisy that the loss hardly falls, the answers are.

A net that is large enough learns such labels by heart. Then the loss is at chance as long as the examples are new, in
the first epoch; later it is the lower the less long ago an example was seen, so that it rises within each epoch, whose
first examples are those that may have come at the end of the one before. Where something can be learned, it falls.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fathom.training.health.analysis.baseline_loss import prior_loss
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.analysis.majority_class import gain_over_majority_class
from fathom.training.health.analysis.trend_line import trend_line
from fathom.training.health.analysis.update_size import (
    MIN_HEALTHY_UPDATE,
    largest_update,
)
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS = 100
"""Steps after which a net with healthy gradients should have learned something."""

MIN_ANSWERS = 150
"""Answers that must have been looked at."""

MIN_EARLY_SHARE = 0.99
"""Share of the baseline from which on the loss has not left it soon after the beginning …"""

MIN_LATE_SHARE = 0.966
"""… and at the end, when a net may have learned some examples by heart. Where four of ten labels are wrong the best
loss is 0.971 of it, and nets that learn them get below that in the end.
"""

MAX_BETTER_SES = 1.5
"""Standard errors by which the answers may be better than always the most frequent class."""

MIN_FIRST_EPOCH_SHARE = 0.985
"""The share of the baseline that the loss is at while the examples are new."""

MIN_RISE_SES = 2.5
"""Standard errors by which the loss rises within the epochs that follow …"""

MAX_FALL_SES = 3.0
"""… and by which it falls within none, as it does where a net begins late to learn what can be learned."""

MIN_EPOCHS = 4
"""As many must have been seen …"""

MIN_STEPS_PER_EPOCH = 10
"""… each as long as this."""

MAX_MOVED = 0.5
"""Of a step: where something else moves the weights (to a mean of several nets, say), the loss may rise by that."""


class LabelsUnrelated(Check):
    """The loss stays at chance, although the steps are of a healthy size."""

    name: ClassVar[str] = "labels_unrelated"
    refutable: ClassVar[bool] = True
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "The net learns only how frequent the classes are. Perhaps inputs and labels do not belong together, "
        "for example when one of two lists was sorted or shuffled alone."
    )
    advice: ClassVar[str] = (
        "Look at ten examples with their labels as the net gets them, after shuffling, cropping and "
        "augmentation. Does each label, box or mask still belong to its input?"
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "unfinished", "dead_units")

    def run(self, signals: Signals) -> Detection | None:
        """Ask that the steps were large enough to learn with, that the labels were seen, and what was answered."""
        losses, known = signals.losses, prior_loss(signals)
        if math.isfinite(known) and losses.first_nonfinite_step is None and (by_heart := _by_heart(signals, known)):
            return by_heart
        if losses.steps < MIN_STEPS or not math.isfinite(known) or signals.loss_kind not in ("cross-entropy", "binary"):
            return None
        ended = float(losses.windows(10)[-1])
        begun = float(losses.windows(10)[1:4].mean())
        if (
            not ended >= MIN_LATE_SHARE * known
            or not begun >= MIN_EARLY_SHARE * known
            or not largest_update(signals) >= MIN_HEALTHY_UPDATE
        ):
            return None
        if has_several_passes_per_step(signals):
            return None
        better, seen = gain_over_majority_class(signals)
        if seen < MIN_ANSWERS or not better < MAX_BETTER_SES:
            return None
        blind = f"without the input it would be {known:.3g}"
        no_better = "and it answered no better than always with the most frequent class"
        title = f"after {losses.steps:,} steps the loss is {ended:.3g}, {blind}; {no_better}"
        return Detection(title, {"last": ended, "chance": known})


def _by_heart(signals: Signals, known: float) -> Detection | None:
    """At chance in the first epoch, and rising within those that follow."""
    losses, ends = signals.losses, [step for step in signals.evaluation_steps if step <= signals.losses.steps]
    parts = [(a, b) for a, b in zip([0, *ends], ends, strict=False) if b - a >= MIN_STEPS_PER_EPOCH]
    if (
        losses.steps_per_value != 1
        or len(parts) < MIN_EPOCHS
        or parts[0][0] != 0
        or signals.pretrained
        or has_several_passes_per_step(signals)
        or any(one.details.moved[0] > MAX_MOVED for one in signals.snapshots)
    ):
        return None
    values = np.array(losses.values)
    new = float(values[parts[0][1] // 2 : parts[0][1]].mean())
    if new < MIN_FIRST_EPOCH_SHARE * known:
        return None
    drifts = np.array([_drift(values[a:b]) for a, b in parts[1:]])  # (epochs, 2)
    rise, error = float(drifts[:, 0].sum()), float(np.sqrt((drifts[:, 1] ** 2).sum()))
    if rise < MIN_RISE_SES * error or (drifts[:, 0] < -MAX_FALL_SES * drifts[:, 1]).any():
        return None
    title = (
        f"while its examples were new the loss was {new:.3g}, without the input it would be {known:.3g}; "
        "since then it rises within each epoch, as where labels are learned by heart"
    )
    return Detection(title, {"new": new, "chance": known, "rise": rise, "standard_error": error})


def _drift(values: NDArray[np.float64]) -> tuple[float, float]:
    """By how much a line through the losses of an epoch rises, and the standard error of that."""
    slope, error = trend_line(values)
    return slope * len(values), len(values) * error
