"""A small convolutional net on handwritten digits, with your pooling, and PyTorch's."""

import numpy as np
from torch import nn

from fathom.learning.adapters import duel, operation


class Pool(nn.Module):
    """The largest of each 2 × 2, of yours."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine

    def forward(self, x):
        """(batch, channels, rows, columns) to half the rows and columns."""
        ahead = lambda x: np.stack([self.mine.max_forward(one, 2) for one in x])  # noqa: E731
        back = lambda g, x: [np.stack([self.mine.max_backward(u, one, 2) for u, one in zip(g, x)])]  # noqa: E731
        return operation(ahead, back, x)


def net(pool):
    """One convolution."""
    return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), pool, nn.ReLU(), nn.Flatten(), nn.Linear(128, 10))


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(Pool(mine)), "built in": lambda: net(nn.MaxPool2d(2))}
    yield from duel("practice:digits?n=400", nets, epochs=8, lr=0.005)
