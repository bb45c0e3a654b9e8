"""How large a layer's gradient is beside its weights."""

from __future__ import annotations

from fathom.training.health.signals import LayerStats


def relative_gradient(layer: LayerStats) -> float:
    """The norm of the gradient, divided by that of the weights; 0 where these are all 0."""
    return layer.gradient_norm / layer.weight_norm if layer.weight_norm > 0 else 0.0
