"""A wide net on few handwritten digits, with your dropout and with PyTorch's."""

import numpy as np
from torch import nn

from fathom.learning.adapters import duel, operation


class Drop(nn.Module):
    """Dropout of yours."""

    def __init__(self, mine, p):
        super().__init__()
        self.mine, self.p, self.rng, self.mask = mine, p, np.random.default_rng(0), None

    def forward(self, x):
        """Any shape."""

        def ahead(x):
            out, self.mask = self.mine.forward(x, self.p, self.training, self.rng)
            return out

        return operation(ahead, lambda g, x: (self.mine.backward(g, self.mask),), x)


def net(drop):
    """Wide."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 256), nn.ReLU(), drop(0.4), nn.Linear(256, 10))


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(lambda p: Drop(mine, p)), "built in": lambda: net(nn.Dropout)}
    yield from duel("practice:digits?n=400", nets, epochs=15, lr=0.003)
