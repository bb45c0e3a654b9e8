"""Handwritten digits, seen through your convolution: it computes, PyTorch finds the gradients."""

import numpy as np
import torch
from torch import nn
from torch.nn.grad import conv2d_weight

from fathom.learning.adapters import array, duel, operation


class Convolution(nn.Module):
    """Filters of 3 × 3 with a padding of 1."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine
        self.weight, self.bias = nn.Parameter(torch.randn(8, 1, 3, 3) * (2 / 9) ** 0.5), nn.Parameter(torch.zeros(8))

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 8, 8, 8)."""

        def back(g, x, w, b):
            d_w = conv2d_weight(torch.as_tensor(x), w.shape, torch.as_tensor(g), padding=1)
            return np.zeros_like(x), array(d_w), g.sum(axis=(0, 2, 3))

        ahead = lambda x, w, b: np.stack([self.mine.convolve(one, w, b, 1, 1) for one in x])  # noqa: E731
        return operation(ahead, back, x, self.weight, self.bias)


def net(first):
    """One convolution, then a dense layer."""
    return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10))


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(Convolution(mine)), "built in": lambda: net(nn.Conv2d(1, 8, 3, padding=1))}
    yield from duel("practice:digits?n=600", nets, epochs=8, lr=0.005)
