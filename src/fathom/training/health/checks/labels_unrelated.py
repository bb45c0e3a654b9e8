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

from fathom.training.health.check import Check, Seen
from fathom.training.health.checks.high_learning_rate import CREEP, largest_update
from fathom.training.health.signals import Signals

ENOUGH = 200
"""Steps after which a net with healthy gradients should have learned something."""

SEEN = 150
"""Answers that must have been looked at."""

AT_FIRST, AT_LAST = 0.99, 0.966
"""Shares of chance from which on the loss has not left it: soon after the beginning, and at the end, when a net may
have learned some examples by heart. Where four of ten labels are wrong the best loss is 0.971 of it, and nets that
learn them get below that in the end.
"""

NOTHING_NEW, RISING, FALLING = 0.985, 2.5, 3.0
"""The share of chance that the loss is at while the examples are new; and the standard errors by which it rises within
the epochs, and by which it falls within none, as it does where a net begins late to learn what can be learned.
"""

EPOCHS, STEPS = 4, 10
"""As many, and as long ones, must have been seen."""

NO_BETTER = 1.5
"""Standard errors by which the answers may be better than always the most frequent class."""


class Unrelated(Check):
    """The loss stays at chance, although the steps are of a healthy size."""

    name: ClassVar[str] = "labels_unrelated"
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "The net learns the shares of the classes and nothing else: inputs and labels may have been paired wrongly, as "
        "when one of two lists was sorted or shuffled alone."
    )
    advice: ClassVar[str] = "Look at ten examples with their labels, just as the net is given them."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "unfinished", "dead_units")

    def look(self, signals: Signals) -> Seen | None:
        """Ask that the steps were large enough to learn with, that the labels were seen, and what was answered."""
        losses, known = signals.losses, signals.chance()
        if math.isfinite(known) and losses.lost is None and (by_heart := _by_heart(signals, known)):
            return by_heart
        if losses.steps < ENOUGH or not math.isfinite(known) or signals.loss not in ("cross-entropy", "binary"):
            return None
        ended = float(losses.windows(10)[-1])
        begun = float(losses.windows(10)[1:4].mean())
        if not ended >= AT_LAST * known or not begun >= AT_FIRST * known or not largest_update(signals) >= CREEP:
            return None
        better, seen = signals.advantage()
        if seen < SEEN or not better < NO_BETTER:
            return None
        blind = f"of one who has not seen the input it is {known:.3g}"
        no_better = "and it answered no better than always with the most frequent class"
        title = f"after {losses.steps:,} steps the loss is {ended:.3g}, {blind}; {no_better}"
        return Seen(title, {"last": ended, "chance": known})


def _by_heart(signals: Signals, known: float) -> Seen | None:
    """At chance in the first epoch, and rising within those that follow."""
    losses, ends = signals.losses, [step for step in signals.ends if step <= signals.losses.steps]
    parts = [(a, b) for a, b in zip([0, *ends], ends, strict=False) if b - a >= STEPS]
    if losses.per != 1 or len(parts) < EPOCHS or parts[0][0] != 0 or signals.pretrained or signals.several():
        return None
    values = np.array(losses.values)
    new = float(values[parts[0][1] // 2 : parts[0][1]].mean())
    if new < NOTHING_NEW * known:
        return None
    drifts = np.array([_drift(values[a:b]) for a, b in parts[1:]])  # (epochs, 2)
    rise, error = float(drifts[:, 0].sum()), float(np.sqrt((drifts[:, 1] ** 2).sum()))
    if rise < RISING * error or (drifts[:, 0] < -FALLING * drifts[:, 1]).any():
        return None
    title = (
        f"while its examples were new the loss was {new:.3g}, of one who has not seen the input it is {known:.3g}; "
        "since then it rises within each epoch, as where labels are learned by heart"
    )
    return Seen(title, {"new": new, "chance": known, "rise": rise, "standard_error": error})


def _drift(values: NDArray[np.float64]) -> tuple[float, float]:
    """By how much a line through the losses of an epoch rises, and the standard error of that."""
    x = np.arange(len(values)) - (len(values) - 1) / 2
    slope = float((x * values).sum() / (x * x).sum())
    rest = values - values.mean() - slope * x
    return slope * len(values), len(values) * float(np.sqrt((rest**2).sum() / (len(values) - 2) / (x * x).sum()))
