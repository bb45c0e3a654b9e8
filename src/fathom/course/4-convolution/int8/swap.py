"""A net on handwritten digits that answers in whole numbers of yours, and in fractions."""

import numpy as np
from torch import nn

from fathom.learning.adapters import duel, valued


class Whole(nn.Linear):
    """A dense layer that learns in fractions, and in use multiplies whole numbers; a scale for each column."""

    def __init__(self, mine, inputs, outputs):
        super().__init__(inputs, outputs)
        self.mine = mine

    def own(self, x, w, b):
        """(batch, inputs) to (batch, outputs)."""
        scale, zero = self.mine.parameters(float(x.min()), float(x.max()))
        scales = np.abs(w).max(axis=1) / 127
        rounded = np.stack([self.mine.quantize(row, s, 0) for row, s in zip(w, scales)], axis=1)
        return self.mine.product(self.mine.quantize(x, scale, zero), scale, zero, rounded, scales) + b

    def forward(self, x):
        """(batch, inputs) to (batch, outputs)."""
        if self.training:
            return super().forward(x)
        return valued(self.own, nn.functional.linear, x, self.weight, self.bias)


def net(dense):
    """Two hidden layers."""
    return nn.Sequential(nn.Flatten(), dense(64, 48), nn.ReLU(), dense(48, 48), nn.ReLU(), dense(48, 10))


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(lambda i, o: Whole(mine, i, o)), "built in": lambda: net(nn.Linear)}
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.003)
