"""Cats, recognized by a net whose first layer is your convolution, and by PyTorch's."""

import torch
from torch import nn

from fathom.learning.adapters import duel, operation


class Convolution(nn.Module):
    """Filters of 5 × 5 with a stride of 3."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine
        self.weight, self.bias = nn.Parameter(torch.randn(8, 3, 5, 5) * (2 / 75) ** 0.5), nn.Parameter(torch.zeros(8))

    def forward(self, x):
        """(batch, 3, 64, 64) to (batch, 8, 20, 20)."""
        ahead = lambda x, w, b: self.mine.forward(x, w, b, 3, 0)  # noqa: E731
        back = lambda g, x, w, b: self.mine.backward(g, x, w, 3, 0)  # noqa: E731
        return operation(ahead, back, x, self.weight, self.bias)


def net(first):
    """Two convolutions, then a dense layer."""
    return nn.Sequential(
        first,
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 2),
    )


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(Convolution(mine)), "built in": lambda: net(nn.Conv2d(3, 8, 5, stride=3))}
    yield from duel("practice:cats?n=1000", nets, epochs=12, lr=0.003)
