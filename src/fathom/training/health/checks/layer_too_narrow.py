"""A layer of so few units that the classes do not fit through.

What all answers have to go through is a place in as many dimensions as the layer has units; with ReLUs each of them is
cut off below 0, too. A bottleneck may be meant, as for a picture of the classes in the plane; then the loss falls.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import prior_loss
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

CLASSES_PER_UNIT, MIN_CLASSES = 4, 8
"""Classes for each unit of the layer, and classes in all, from which on they hardly fit."""

MIN_TIMES = 8
"""Times that the layers before and behind are as wide at least."""

MIN_LOSS_SHARE = 0.15
"""Of what one loses who knows the classes' shares alone, that the loss ends above."""

MIN_STEPS = 100
"""Of a training."""


class LayerTooNarrow(Check):
    """One hidden layer has a few units between wide ones, and much of the loss is left."""

    name: ClassVar[str] = "layer_too_narrow"
    severity = "warning"
    lesson: ClassVar[str] = "bias-and-variance"
    meaning: ClassVar[str] = (
        "Everything that the net says has to pass this layer. So few units cannot keep many classes apart, however "
        "wide the other layers are."
    )
    advice: ClassVar[str] = (
        "Give the layer at least as many units as there are classes, or about as many as its neighbours."
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "dead_units")

    def run(self, signals: Signals) -> Detection | None:
        """Its width beside the classes and its neighbours, and the loss at the end."""
        layers = signals.snapshots[0].layers if signals.snapshots else []
        widths, classes = [one.units for one in layers], signals.classes
        if not signals.details.is_chain or len(widths) < 3 or classes < MIN_CLASSES or widths[-1] != classes:
            return None
        if signals.loss_kind != "cross-entropy" or has_several_passes_per_step(signals):
            return None
        narrow = min(widths[1:-1])
        at = widths.index(narrow)
        if narrow * CLASSES_PER_UNIT > classes or not min(widths[at - 1], widths[at + 1]) >= MIN_TIMES * narrow:
            return None
        ended, known = float(signals.losses.windows(10)[-1]), prior_loss(signals)
        if signals.losses.steps < MIN_STEPS or not ended > MIN_LOSS_SHARE * known:
            return None
        title = (
            f"{layers[at].name} has {narrow} units between layers of {widths[at - 1]} and {widths[at + 1]}: "
            f"{classes} classes hardly fit through, and the loss is still {ended:.3g}"
        )
        return Detection(title, {"layer": layers[at].name, "units": narrow, "classes": classes, "loss": ended})
