"""Numbers that explode on their way through the layers, and gradients on their way back.

Each layer multiplies the gradient by its weights and by the slope of its activation. Where the product is above 1
every step is a leap (Glorot & Bengio 2010; He et al. 2015).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.analysis.baseline_loss import uniform_loss
from fathom.training.health.analysis.loss_assumptions import is_plain
from fathom.training.health.analysis.relative_gradient import relative_gradient
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import LayerStats, Signals

MAX_BASELINE_MULTIPLE = 30.0
"""The first loss, in units of the loss of one who knows nothing, from which on the scale of the net has exploded."""

MAX_WEIGHT_SCALE = 2.5
"""Mean scale of the first weights, in units of He's, from which on a first loss that is merely bad is their doing."""

HUGE_OUTPUT = 1e3
"""Size of answers before any step from which on a loss may well be lost for their sake."""

MAX_RELATIVE_GRADIENT = 100.0
"""Norm of the first gradient, divided by that of the weights, from which on no usual rate can follow it."""


class ExplodingGradients(Check):
    """Before any step was made, the numbers in the net are far too large already."""

    name: ClassVar[str] = "exploding_gradients"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    cause: ClassVar[str] = "exploding numbers"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "Each layer makes its input larger. So the output, the loss and the gradient are far too large from "
        "the first step on."
    )
    advice: ClassVar[str] = (
        "Initialize with He (ReLU) or Glorot (tanh), add a normalization layer after each layer, or clip the "
        "gradient (--grad-clip 1)."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "wrong_initial_loss", "high_learning_rate", "oscillating_loss", "diverging_loss", "dead_units",
        "saturated_units", "stagnating_loss", "labels_unrelated", "not_finite",
        "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The first loss against chance, and the first gradient against the weights."""
        if not signals.snapshots or signals.snapshots[0].step > 0:
            return None
        first, known, loss = signals.snapshots[0], uniform_loss(signals), signals.losses.first
        if not math.isfinite(loss):  # a net whose answer is in order has lost it for another reason
            if not first.output_rms > HUGE_OUTPUT:
                return None
            return Detection(
                f"the first answers are about {first.output_rms:.2g} in size", {"output": first.output_rms}
            )
        return _above_baseline(signals, known) if math.isfinite(known) else _steep(signals)


def _above_baseline(signals: Signals, known: float) -> Detection | None:
    """The first loss against chance."""
    first, loss, squared = signals.snapshots[0], signals.losses.first, signals.loss_kind == "squared"
    scale = float(np.exp(np.mean([_log_scale(one) for one in first.layers]))) if first.layers else 0.0
    most = 2 * known + 1 if scale > MAX_WEIGHT_SCALE and not squared else MAX_BASELINE_MULTIPLE * known
    if signals.pretrained or signals.rests_on_trained_weights or not loss > most:
        return None
    nothing = "if all outputs were 0 it would be" if squared else "for a net that knows nothing it is"
    title = f"the first loss is {loss:.3g}; {nothing} {known:.2g}"
    return Detection(title, {"first_loss": loss, "chance": known, "output": first.output_rms})


def _steep(signals: Signals) -> Detection | None:
    """The first gradient against the weights, where chance is not known."""
    steepest = max(signals.snapshots[0].layers, key=relative_gradient, default=None)
    if steepest is None or signals.loss_kind not in ("cross-entropy", "binary", "nll"):
        return None  # its gradient may grow with the targets, or with what the loss is multiplied by
    ratio = relative_gradient(steepest)
    if not is_plain(signals) or (math.isfinite(ratio) and ratio <= MAX_RELATIVE_GRADIENT):
        return None
    title = f"the first gradient of {steepest.name} is {ratio:.0f} times as large as its weights"
    return Detection(title, {"layer": steepest.name, "ratio": ratio})


def _log_scale(layer: LayerStats) -> float:
    """The logarithm of the spread of the weights, in units of the root of 2 / fan-in (He et al. 2015)."""
    return math.log(max(layer.weight_norm, 1e-12) / math.sqrt(2 * max(1, layer.units)))
