"""Handwritten digits, seen through your depthwise and pointwise convolutions, and through PyTorch's."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import duel, valued


class Separable(nn.Module):
    """Each channel with a filter of its own, then a mix of the channels; your values, PyTorch's gradients."""

    def __init__(self, mine=None):
        super().__init__()
        self.mine = mine
        self.deep, self.point = nn.Parameter(torch.randn(8, 3, 3) * 0.3), nn.Parameter(torch.randn(16, 8) * 0.4)

    def forward(self, x):
        """(batch, 8, 8, 8) to (batch, 16, 6, 6)."""

        def theirs(x, deep, point):
            return F.conv2d(F.conv2d(x, deep[:, None], groups=8), point[:, :, None, None])

        def own(x, deep, point):
            return np.stack([self.mine.pointwise(self.mine.depthwise(one, deep), point) for one in x])

        given = x, self.deep, self.point
        return theirs(*given) if self.mine is None else valued(own, theirs, *given)


class Larger(nn.Module):
    """Every picture twice as large, by a transposed convolution."""

    def __init__(self, mine=None):
        super().__init__()
        self.mine, self.weight = mine, nn.Parameter(torch.randn(1, 8, 2, 2))

    def forward(self, x):
        """(batch, 1, 4, 4) to (batch, 8, 8, 8)."""
        theirs = lambda x, w: F.conv_transpose2d(x, w, stride=2)  # noqa: E731
        if self.mine is None:
            return theirs(x, self.weight)
        return valued(lambda x, w: np.stack([self.mine.transposed(one, w, 2) for one in x]), theirs, x, self.weight)


def net(*own):
    """Larger, then smaller again."""
    parts = [Larger(*own), nn.ReLU(), Separable(*own), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(nn.AvgPool2d(2), *parts, nn.Flatten(), nn.Linear(144, 10))


def swap(mine):
    """Train with both."""
    yield from duel("practice:digits?n=600", {"yours": lambda: net(mine), "built in": net}, epochs=10, lr=0.005)
