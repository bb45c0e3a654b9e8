"""A net on handwritten digits with your Swish, whose slopes are learned, and with PyTorch's SiLU."""

import torch
from torch import nn

from fathom.learning.adapters import duel


class Curve(nn.Module):
    """Your operation, with a slope for each feature."""

    def __init__(self, mine, features):
        super().__init__()
        self.mine, self.slope = mine, nn.Parameter(torch.ones(features))

    def forward(self, x):
        """(batch, features) to the same."""
        return self.mine.Swish.apply(x, self.slope)


class Few(nn.Module):
    """Activations in whole numbers from -3 to 3, by your rounding."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine

    def forward(self, x):
        """Of any shape."""
        return self.mine.Round.apply(x, 3.0)


def net(curve, *more):
    """Two hidden layers."""
    layers = [nn.Linear(64, 48), curve(48), *more, nn.Linear(48, 32), curve(32), nn.Linear(32, 10)]
    return nn.Sequential(nn.Flatten(), *layers)


def swap(mine):
    """Train with each."""
    nets = {
        "yours": lambda: net(lambda n: Curve(mine, n)),
        "built in": lambda: net(lambda n: nn.SiLU()),
        "yours, 7 numbers": lambda: net(lambda n: Curve(mine, n), Few(mine)),
    }
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.003)
