"""Units that are all the same, and stay so.

Units of a layer that begin with the same weights get the same gradient, so that they never become different: the layer
is one unit, many times over (Goodfellow, Bengio & Courville, "Deep Learning", 2016, section 8.4).
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class SymmetricWeights(Check):
    """All units of a layer have the same weights, and the same gradient."""

    name: ClassVar[str] = "symmetric_weights"
    lesson: ClassVar[str] = "initialization"
    meaning: ClassVar[str] = (
        "All units of this layer have equal weights. They get equal gradients, so they stay equal, and the "
        "layer can do no more than one unit."
    )
    advice: ClassVar[str] = "Initialize the weights at random (PyTorch does so by itself). Only biases may start equal."
    explains: ClassVar[tuple[str, ...]] = (
        "vanishing_gradients", "stagnating_loss", "labels_unrelated", "wrong_initial_loss", "low_learning_rate",
        "dead_units", "exploding_gradients", "oscillating_loss",
        "input_unread",
        "gradients_zero",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """A layer that was symmetric on the first snapshot and on the last of the first few."""
        early = signals.snapshots[:3]
        if len(early) < 2:
            return None
        same = [{layer.name for layer in snapshot.layers if layer.identical_units} for snapshot in early]
        always = [layer for layer in early[0].layers if all(layer.name in names for names in same)]
        if not always:
            return None
        names = [layer.name for layer in always]
        title = f"all {always[0].units} units of {names[0]} have the same weights and the same gradient"
        return Detection(title, {"layers": names})
