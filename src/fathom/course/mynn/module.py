"""What every layer is: it has weights, and goes forward and backward. (Given.)"""

import numpy as np

NEEDS = ()
__all__ = ["Flatten", "Module", "Relu", "Sequential"]


class Module:
    """A layer, or a net of layers.

    weights: arrays by their names. grads: their gradients, after backward. training: whether dropout and batch
    normalization do what they do in training.
    """

    training = True

    def __init__(self):
        self.weights, self.grads = {}, {}

    def layers(self):
        """This layer and those in it."""
        return [self]

    def train(self, training):
        """Say whether it is trained or used."""
        for layer in self.layers():
            layer.training = training

    def forward(self, x):
        """The outputs; what backward needs is kept."""
        raise NotImplementedError

    def backward(self, upstream):
        """The gradient of x; those of the weights are put into grads."""
        raise NotImplementedError


class Sequential(Module):
    """One layer after another."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = parts

    def layers(self):
        """Those in it."""
        return [layer for part in self.parts for layer in part.layers()]

    def forward(self, x):
        """From the first to the last."""
        for part in self.parts:
            x = part.forward(x)
        return x

    def backward(self, upstream):
        """From the last to the first."""
        for part in reversed(self.parts):
            upstream = part.backward(upstream)
        return upstream


class Relu(Module):
    """The larger of x and 0."""

    def forward(self, x):
        """Any shape."""
        self.positive = x > 0
        return x * self.positive

    def backward(self, upstream):
        """What was cut off has no gradient."""
        return upstream * self.positive


class Flatten(Module):
    """(batch, …) → (batch, numbers of each)."""

    def forward(self, x):
        """All axes but the first become one."""
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, upstream):
        """The old shape again."""
        return upstream.reshape(self.shape)


def examples(rng):
    """Layers and inputs for the tests."""
    yield Relu(), rng.normal(size=(3, 4))
    yield Flatten(), rng.normal(size=(2, 3, 2))
