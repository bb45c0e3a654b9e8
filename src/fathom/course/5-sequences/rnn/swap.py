"""Digits read row by row by your recurrent net, and by PyTorch's."""

import torch
from torch import nn

from fathom.learning.adapters import duel, operation


class Recurrent(nn.Module):
    """All steps in one operation."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine
        self.wx, self.wh = nn.Parameter(torch.randn(8, 32) * 0.3), nn.Parameter(torch.eye(32) * 0.9)
        self.b = nn.Parameter(torch.zeros(32))

    def forward(self, x):
        """(batch, 1, 8, 8) to the last state, (batch, 32)."""
        xs = x[:, 0].transpose(0, 1)  # (time, batch, features)

        def ahead(xs, wx, wh, b):
            return self.mine.forward(xs, 0.0 * (xs[0] @ wx), wx, wh, b)

        def back(g, xs, wx, wh, b):
            h0 = 0.0 * (xs[0] @ wx)
            states = self.mine.forward(xs, h0, wx, wh, b)
            return [0 * xs, *self.mine.backward(g, xs, h0, states, wx, wh)[:3]]

        return operation(ahead, back, xs, self.wx, self.wh, self.b)[-1]


class Theirs(nn.Module):
    """The same with PyTorch's."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(8, 32)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 32)."""
        return self.rnn(x[:, 0].transpose(0, 1))[0][-1]


def swap(mine):
    """Train with both."""
    nets = {
        "yours": lambda: nn.Sequential(Recurrent(mine), nn.Linear(32, 10)),
        "built in": lambda: nn.Sequential(Theirs(), nn.Linear(32, 10)),
    }
    yield from duel("practice:digits?n=600", nets, epochs=15, lr=0.003)
