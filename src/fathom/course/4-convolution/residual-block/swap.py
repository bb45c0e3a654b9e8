"""A net of eight blocks on handwritten digits: your residual ones, and plain ones."""

import torch
from torch import nn

from fathom.learning.adapters import duel, operation


class Block(nn.Module):
    """A residual block of yours."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine
        self.w1, self.w2 = nn.Parameter(torch.randn(24, 24) * 0.29), nn.Parameter(torch.randn(24, 24) * 0.05)

    def forward(self, x):
        """(batch, 24)."""
        return operation(self.mine.forward, self.mine.backward, x, self.w1, self.w2)


def plain():
    """Two layers without a shortcut."""
    return nn.Sequential(nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU())


def net(block):
    """Eight of them."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 24), *[block() for _ in range(8)], nn.Linear(24, 10))


def swap(mine):
    """Train with both."""
    nets = {"yours": lambda: net(lambda: Block(mine)), "plain": lambda: net(plain)}
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.003)
