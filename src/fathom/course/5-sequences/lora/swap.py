"""A layer of random weights that stays frozen, adapted to handwritten digits by your LoRA, and by PyTorch's autograd."""

import torch
from torch import nn

from fathom.learning.adapters import duel, operation

RANK, ALPHA = 4, 8.0


class Adapted(nn.Module):
    """A frozen dense layer with two narrow matrices beside it."""

    def __init__(self, inputs, outputs, mine=None):
        super().__init__()
        self.mine = mine
        self.register_buffer("w", torch.randn(inputs, outputs) * (2 / inputs) ** 0.5)
        self.a = nn.Parameter(torch.randn(inputs, RANK) / inputs**0.5)
        self.b = nn.Parameter(torch.zeros(RANK, outputs))

    def forward(self, x):
        """(batch, inputs) to (batch, outputs)."""
        if self.mine is None:
            return x @ self.w + ALPHA / RANK * (x @ self.a @ self.b)

        def ahead(x, w, a, b):
            return self.mine.forward(x, w, a, b, ALPHA)

        def back(g, x, w, a, b):
            d_x, d_a, d_b = self.mine.backward(g, x, w, a, b, ALPHA)
            return d_x, 0 * w, d_a, d_b

        return operation(ahead, back, x, self.w, self.a, self.b)


def net(mine=None):
    """Two adapted layers; the last one is learned as usual."""
    layers = [Adapted(64, 96, mine), nn.ReLU(), Adapted(96, 96, mine), nn.ReLU()]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(96, 10))


def swap(mine):
    """Train with both."""
    yield from duel("practice:digits?n=600", {"yours": lambda: net(mine), "built in": net}, epochs=12, lr=0.003)
