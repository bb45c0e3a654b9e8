"""A dense layer, of your forward, backward and initialization."""

import numpy as np

from .module import Module
from .solved import dense_layer, initialization

NEEDS = ("dense-layer", "initialization")
__all__ = ["Dense"]


class Dense(Module):
    """(batch, inputs) → (batch, outputs)."""

    def __init__(self, inputs, outputs, rng, activation="relu"):
        super().__init__()
        scale = initialization.scale(inputs, activation)
        self.weights = {"w": rng.normal(0, scale, (inputs, outputs)), "b": np.zeros(outputs)}

    def forward(self, x):
        """Weighted sums."""
        self.x = x
        return dense_layer.forward(x, self.weights["w"], self.weights["b"])

    def backward(self, upstream):
        """By your backward pass."""
        d_x, d_w, d_b = dense_layer.backward(upstream, self.x, self.weights["w"], self.weights["b"])
        self.grads = {"w": d_w, "b": d_b}
        return d_x


def examples(rng):
    """Layers and inputs for the tests."""
    yield Dense(4, 3, rng), rng.normal(size=(5, 4))
