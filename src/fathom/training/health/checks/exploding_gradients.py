"""Gradients that vanish or explode on their way back through the layers.

Each layer multiplies the gradient by its weights and by the slope of its activation. Where the product is below 1 the
first layers hardly learn, where it is above 1 every step is a leap (Hochreiter 1991; Glorot & Bengio 2010; He et al.
2015).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Seen
from fathom.training.health.checks.high_learning_rate import reference
from fathom.training.health.signals import Layer, Look, Signals

VANISHED = 1e-3
"""The gradient of the first layers against the last one's, each divided by its weights: below this it has vanished."""

LEARNED, STUCK = 0.2, 0.8
"""A loss that ends below the first share of what knowing nothing costs was learned in spite of it; one above the second
has hardly moved, so that the gradient need not have vanished from the first step on.
"""

FEWEST_LAYERS = 4
EXPLODED = 30.0
"""The first loss, in units of the loss of one who knows nothing, from which on the scale of the net has exploded."""

TOO_LARGE = 2.5
"""Mean scale of the first weights, in units of He's, from which on a first loss that is merely bad is their doing."""

HUGE = 1e3
"""Size of answers before any step from which on a loss may well be lost for their sake."""

STEEP = 100.0
"""Norm of the first gradient, divided by that of the weights, from which on no usual rate can follow it."""


class Vanishing(Check):
    """The first layers get next to no gradient, compared with the last."""

    name: ClassVar[str] = "vanishing_gradients"
    cause: ClassVar[str] = "vanishing gradients"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "The first layers keep their initial weights, so that the last ones learn from what is nearly noise."
    )
    advice: ClassVar[str] = (
        "Use ReLU or GELU instead of sigmoid or tanh, initialize with He's or Glorot's scale, put a normalization "
        "layer behind each layer, or add skip connections; fewer layers help, too."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "low_learning_rate", "labels_unrelated", "saturated_units", "oscillating_loss",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """Compare first and last, and see that it falls from layer to layer.

        On the later looks; or on those of the first half, where so much of the loss is left that it came too late.
        """
        ended, start = float(signals.losses.windows(5)[-1]), reference(signals)
        early = [r for r in (_fall(look) for look in signals.looks[:3]) if r is not None]
        if not early or (float(np.median([r for r, _ in early])) > 10 * VANISHED and ended < STUCK * start):
            return None
        late, half = signals.later(), [look for look in signals.looks if look.step < signals.losses.steps / 2]
        for looks, stuck in ((late, True), (half, ended > LEARNED * start)):
            ratios = [r for r in (_fall(look) for look in looks) if r is not None]
            if not stuck or len(ratios) < 3:
                continue
            ratio, name = float(np.median([r for r, _ in ratios])), ratios[-1][1]
            if ratio <= VANISHED:
                title = (
                    f"the gradient of {name} is {ratio:.0e} times that of the last layer, each measured by its weights"
                )
                return Seen(title, {"layer": name, "ratio": ratio})
        return None


class Exploding(Check):
    """Before any step was made, the numbers in the net are far too large already."""

    name: ClassVar[str] = "exploding_gradients"
    cause: ClassVar[str] = "exploding numbers"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "Each layer makes its input larger, so that the output, the loss and the gradient are far too large from the "
        "first step on."
    )
    advice: ClassVar[str] = (
        "Initialize with He's scale for ReLU or Glorot's for tanh, put a normalization layer behind each layer, and "
        "clip the gradient (--clip 1)."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "wrong_initial_loss", "high_learning_rate", "oscillating_loss", "diverging_loss", "dead_units",
        "saturated_units", "stagnating_loss", "labels_unrelated", "not_finite",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """The first loss against chance, and the first gradient against the weights."""
        if not signals.looks or signals.looks[0].step > 0:
            return None
        first, known, loss = signals.looks[0], signals.undecided(), signals.losses.first
        if not math.isfinite(loss):  # a net whose answer is in order has lost it for another reason
            if not first.output > HUGE:
                return None
            return Seen(f"the first answers are about {first.output:.2g} in size", {"output": first.output})
        if math.isfinite(known):
            squared = signals.loss == "squared"
            too_large = first.layers and float(np.exp(np.mean([_log_scale(one) for one in first.layers]))) > TOO_LARGE
            if loss > (2 * known + 1 if too_large and not squared else EXPLODED * known) and not signals.pretrained:
                nothing = "if all answers were 0 it were" if squared else "of a net that knows nothing it is"
                title = f"the first loss is {loss:.3g}; {nothing} {known:.2g}"
                return Seen(title, {"first_loss": loss, "chance": known, "output": first.output})
            return None
        steepest = max(first.layers, key=_steepness, default=None)
        if steepest is None or signals.loss not in ("cross-entropy", "binary", "nll"):
            return None  # its gradient may grow with the targets, or with what the loss is multiplied by
        if not signals.plain() or (math.isfinite(_steepness(steepest)) and _steepness(steepest) <= STEEP):
            return None
        title = f"the first gradient of {steepest.name} is {_steepness(steepest):.0f} times as large as its weights"
        return Seen(title, {"layer": steepest.name, "ratio": _steepness(steepest)})


def _log_scale(layer: Layer) -> float:
    """The logarithm of the spread of the weights, in units of the root of 2 / fan-in (He et al. 2015)."""
    return math.log(max(layer.weight, 1e-12) / math.sqrt(2 * max(1, layer.rows)))


def _steepness(layer: Layer) -> float:
    return layer.gradient / layer.weight if layer.weight > 0 else 0.0


def _fall(look: Look) -> tuple[float, str] | None:
    """The least gradient of the first half of the layers against the last layer's; None where it tells nothing."""
    layers = [layer for layer in look.layers if layer.weight > 0]
    if len(layers) < FEWEST_LAYERS or not _steepness(layers[-1]) > 0:
        return None
    half = layers[: len(layers) // 2]
    steep = [_steepness(layer) for layer in half]
    if not all(x > 0 for x in steep):  # exactly nothing comes through dead units
        return None
    least = int(np.argmin(steep))
    between = [_steepness(layer) for layer in layers]
    falls = sum(a < b for a, b in pairwise(between))
    if falls < 0.6 * (len(between) - 1):
        return None
    return max(steep) / _steepness(layers[-1]), half[least].name
