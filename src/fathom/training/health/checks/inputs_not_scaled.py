"""Inputs that are not scaled.

What a layer is given sets the size of its gradients: with inputs of about 100, a rate that suits inputs of about 1 is
10,000 times too high for its weights (LeCun et al., "Efficient BackProp", 1998, section 4.3). Inputs a little beyond
±1, as standardized ones are, do no harm, and are not reported.

Tiny ones drown: PyTorch draws biases as large as what a layer makes of an input of length 1, so that an input a tenth
as long is a tenth of what the layer answers anyhow, and its weights learn as many times more slowly.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import InputStats, Signals

MAX_RMS = 15.0
"""Root mean square from which inputs are large. Standardized ones have 1, pixels from 0 to 255 about 80 to 140."""

MIN_STEPS, HARDLY_FALLEN_SHARE = 30, 0.8
"""Of a training with a frozen body, and of its first loss: what is left at the end."""

MAX_STD_RATIO = 300.0
"""A table's feature may vary so many times as much as another, if it also varies by more than `MAX_RMS`."""

MAX_TINY = 0.02
"""Largest number of inputs that are tiny: pixels that were divided by 255 twice reach 0.004 …"""

MAX_TINY_LENGTH = 0.1
"""… if what a unit sees of them is also shorter than this: sparse inputs are of many small numbers."""


class InputsNotScaled(Check):
    """The first layer is given numbers that are much too large or small, or of very different scales."""

    name: ClassVar[str] = "inputs_not_scaled"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    cause: ClassVar[str] = "inputs that are not scaled"
    lesson: ClassVar[str] = "normalizing-inputs"
    meaning: ClassVar[str] = (
        "The gradient of a weight grows with the input that it is multiplied by. With inputs of such "
        "different size no learning rate suits all weights."
    )
    advice: ClassVar[str] = (
        "Standardize the inputs: divide pixels by 255, or subtract the mean of train and divide by its "
        "standard deviation. Or let the net begin with a normalization layer."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "exploding_gradients", "wrong_initial_loss", "high_learning_rate", "oscillating_loss", "diverging_loss",
        "dead_units", "saturated_units", "stagnating_loss", "labels_unrelated", "not_finite",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Compare the inputs' size with 1."""
        given = [one for snapshot in signals.snapshots for one in snapshot.inputs if not one.is_normalized]
        if not given:
            return None
        rms = float(np.median([one.rms for one in given]))
        widest = max(given, key=lambda one: one.rms)
        evidence = {"layer": widest.name, "rms": rms, "low": widest.minimum, "high": widest.maximum}
        if rms > MAX_RMS:
            title = f"the inputs of {widest.name or 'the net'} reach from {widest.minimum:.4g} to {widest.maximum:.4g}"
            return Detection(title, evidence)
        if large := _of_a_frozen_body(signals):
            return large
        tiny = [one for one in given if one.fan_in and _is_tiny(one)]
        if len(tiny) == len(given):
            reach = f"{min(one.minimum for one in tiny):.2g} to {max(one.maximum for one in tiny):.2g}"
            title = f"the inputs of {widest.name or 'the net'} are between {reach} only; about -1 to 1 is usual"
            return Detection(title, evidence)
        scales = float(np.median([one.std_ratio for one in given if one.largest_std > MAX_RMS] or [1.0]))
        if scales > MAX_STD_RATIO:
            title = (
                f"some features of the input of {widest.name or 'the net'} vary {scales:,.0f} times as much as others"
            )
            return Detection(title, {**evidence, "scales": scales})
        return None


def _of_a_frozen_body(signals: Signals) -> Detection | None:
    """Of frozen layers the later ones are looked at, too, and hide what the first is given.

    Some trained nets want bytes; then something is learned of what they make of them.
    """
    if not signals.rests_on_trained_weights or signals.losses.steps < MIN_STEPS:
        return None
    first = [snapshot.inputs[0] for snapshot in signals.snapshots if len(snapshot.inputs) > 1]
    first = [one for one in first if not one.is_normalized]
    rms = float(np.median([one.rms for one in first])) if first else 0.0
    if not rms > MAX_RMS or not float(signals.losses.windows(10)[-1]) > HARDLY_FALLEN_SHARE * signals.losses.first:
        return None
    low, high = min(one.minimum for one in first), max(one.maximum for one in first)
    title = (
        f"the frozen layers, trained before, are given numbers from {low:.4g} to {high:.4g}, and little is learned of "
        "what they say: scale inputs as when they were trained"
    )
    return Detection(title, {"layer": first[0].name, "rms": rms, "low": low, "high": high})


def _is_tiny(given: InputStats) -> bool:
    """Whether what a unit sees is far shorter than 1, and no number of it is of the usual size."""
    length = given.rms * math.sqrt(given.fan_in)
    return 0 < max(abs(given.minimum), abs(given.maximum)) < MAX_TINY and length < MAX_TINY_LENGTH
