"""Handwritten digits, seen through your convolution as a matrix product, forward and backward."""

import numpy as np
import torch
from torch import nn

from fathom.learning.adapters import duel, operation


class Convolution(nn.Module):
    """Filters of 3 × 3 without padding."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine
        self.weight, self.bias = nn.Parameter(torch.randn(8, 1, 3, 3) * (2 / 9) ** 0.5), nn.Parameter(torch.zeros(8))

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 8, 6, 6)."""

        def back(g, x, w, b):
            flat = g.transpose(0, 2, 3, 1).reshape(-1, len(w))  # (windows, filters)
            d_x = self.mine.col2im(flat @ w.reshape(len(w), -1), x.shape, 3, 1)
            return d_x, (flat.T @ self.mine.im2col(x, 3, 1)).reshape(w.shape), flat.sum(axis=0)

        ahead = lambda x, w, b: np.asarray(self.mine.convolve(x, w, b, 1))  # noqa: E731
        return operation(ahead, back, x, self.weight, self.bias)


def net(first):
    """One convolution, then a dense layer."""
    return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10))


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(Convolution(mine)), "built in": lambda: net(nn.Conv2d(1, 8, 3))}
    yield from duel("practice:digits?n=600", nets, epochs=8, lr=0.005)
