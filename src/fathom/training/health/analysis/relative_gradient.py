"""How large a layer's gradient is beside its weights."""

from __future__ import annotations

from fathom.training.health.signals import Layer


def relative_gradient(layer: Layer) -> float:
    """The norm of the gradient, divided by that of the weights; 0 where these are all 0."""
    return layer.gradient / layer.weight if layer.weight > 0 else 0.0
