"""A convolution, of the forward and backward pass of your exercise."""

import numpy as np

from .module import Module
from .solved import convolution_backward, initialization

NEEDS = ("convolution-backward", "initialization")
__all__ = ["Convolution"]


class Convolution(Module):
    """(batch, channels, rows, columns) → (batch, filters, rows', columns')."""

    def __init__(self, channels, filters, width, stride, pad, rng):
        super().__init__()
        scale = initialization.scale(channels * width * width, "relu")
        self.weights = {"w": rng.normal(0, scale, (filters, channels, width, width)), "b": np.zeros(filters)}
        self.stride, self.pad = stride, pad

    def forward(self, x):
        """Slide the filters."""
        self.x = x
        return convolution_backward.forward(x, self.weights["w"], self.weights["b"], self.stride, self.pad)

    def backward(self, upstream):
        """By your backward pass."""
        d_x, d_w, d_b = convolution_backward.backward(upstream, self.x, self.weights["w"], self.stride, self.pad)
        self.grads = {"w": d_w, "b": d_b}
        return d_x


def examples(rng):
    """Layers and inputs for the tests."""
    yield Convolution(2, 3, 3, 2, 1, rng), rng.normal(size=(2, 2, 5, 6))
