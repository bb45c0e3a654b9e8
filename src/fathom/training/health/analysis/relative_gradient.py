"""How large a layer's gradient is beside its weights."""

from __future__ import annotations

import numpy as np

from fathom.training.health.signals import LayerStats, Signals

NO_GRADIENT_SHARE = 1e-4
"""Of the largest gradient, by the size of the weights: if a quarter of the layers had less at first, none came."""


def relative_gradient(layer: LayerStats) -> float:
    """The norm of the gradient, divided by that of the weights; 0 where these are all 0."""
    return layer.gradient_norm / layer.weight_norm if layer.weight_norm > 0 else 0.0


def had_no_gradient(signals: Signals) -> bool:
    """Whether next to no gradient came to a quarter of the layers on the first step.

    What moves them then is no matter of the loss: Adam makes steps of full length of whatever little there is.
    """
    first = next((one.layers for one in signals.snapshots if one.layers), [])
    sizes = [relative_gradient(layer) for layer in first]
    return bool(sizes) and float(np.quantile(sizes, 0.25)) < NO_GRADIENT_SHARE * max(sizes)
