"""Handwritten digits, seen through your convolution as a matrix product, forward and backward."""

import numpy as np
from torch import nn

from fathom.learning.adapters import Convolution, duel


def net(first):
    """One convolution, then a dense layer."""
    return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10))


def swap(mine):
    """Train with both."""

    def ahead(x, w, b):
        return np.asarray(mine.convolve(x, w, b, 1))

    def back(g, x, w):
        flat = g.transpose(0, 2, 3, 1).reshape(-1, len(w))  # (windows, filters)
        d_x = mine.col2im(flat @ w.reshape(len(w), -1), x.shape, 3, 1)
        return d_x, (flat.T @ mine.im2col(x, 3, 1)).reshape(w.shape), flat.sum(axis=0)

    own = lambda: net(Convolution(1, 8, 3, ahead, back))  # noqa: E731
    yield from duel(
        "practice:digits?n=600", {"yours": own, "built in": lambda: net(nn.Conv2d(1, 8, 3))}, epochs=8, lr=0.005
    )
