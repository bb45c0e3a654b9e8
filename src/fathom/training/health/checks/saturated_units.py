"""Tanhs and sigmoids that lie at their flat ends."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.unit_activity import (
    saturated_layer,
)
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class SaturatedUnits(Check):
    """Most outputs of a tanh or sigmoid layer lie at its flat ends."""

    name: ClassVar[str] = "saturated_units"
    cause: ClassVar[str] = "saturated units"
    lesson: ClassVar[str] = "activations"
    meaning: ClassVar[str] = (
        "These units are at the flat ends of their activation function. There the slope is nearly 0, so the "
        "layers before them hardly learn."
    )
    advice: ClassVar[str] = (
        "Initialize with Glorot, standardize the inputs, put a normalization layer before the activation, or "
        "use ReLU or GELU."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "vanishing_gradients", "stagnating_loss", "low_learning_rate", "labels_unrelated", "oscillating_loss",
        "wrong_initial_loss", "exploding_gradients",
        "gradients_zero",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """At initialization, and still later; or most of them later, however they began."""
        flat = saturated_layer(signals)
        if flat is None:
            return None
        name, share, began = flat
        title = f"{100 * share:.0f} % of the outputs behind {name} are at the flat ends ({100 * began:.0f} % at first)"
        return Detection(title, {"layer": name, "share": share, "at_first": began})
