"""Codes that are drawn, and whose gradient ends there: the encoder learns from the divergence alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.selection import by_layer
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import LayerStats, Signals

MAX_LEFT, MIN_LEFT = 0.05, 0.2
"""Of the first gradient: so little is left at the end of what the divergence alone trains, and so much of the rest."""

ENDS = 3
"""Last snapshots that count."""


class CodesCutOff(Check):
    """Weights that a divergence alone trains have come to where they say nothing."""

    name: ClassVar[str] = "codes_cut_off"
    lesson: ClassVar[str] = "vae"
    meaning: ClassVar[str] = (
        "The codes are drawn without a gradient, so the loss of what is made of them does not reach the encoder. It "
        "learns from the divergence alone, to say nothing."
    )
    advice: ClassVar[str] = (
        "Draw with rsample(), not sample(): mean + std * noise, without detach or no_grad. Then the encoder's weights "
        "have a gradient from the reconstruction, too."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "vanishing_gradients", "stagnating_loss", "labels_unrelated", "untrained_layers", "input_unread", "unfinished",
        "head_hardly_moves",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The gradients of those weights against those of all others."""
        cut = signals.details.trained_by_divergence
        layers = by_layer(signals)
        alone = [_left(one) for name, one in layers.items() if name in cut and len(one) > 2 * ENDS]
        others = [_left(one) for name, one in layers.items() if name not in cut and len(one) > 2 * ENDS]
        if not alone or not others or max(alone) > MAX_LEFT or float(np.median(others)) < MIN_LEFT:
            return None
        title = (
            f"the gradient of the answers never reaches {cut[0]}: a divergence alone trains it, and "
            f"{100 * max(alone):.2g} % of its first gradient is left"
        )
        return Detection(title, {"weights": cut, "left": max(alone)})


def _left(seen: list[LayerStats]) -> float:
    """The last gradients against the largest of the first."""
    first = max(one.gradient_norm for one in seen[:ENDS])
    return float(np.median([one.gradient_norm for one in seen[-ENDS:]])) / first if first > 0 else 1.0
