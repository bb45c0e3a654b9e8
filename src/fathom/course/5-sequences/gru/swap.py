"""Digits read row by row by your GRU, and by PyTorch's."""

import numpy as np
import torch
from torch import nn

from fathom.learning.adapters import duel, operation

UNITS = 24


class Cell(nn.Module):
    """All steps in one operation: forward with your step, back with your gradients."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine
        self.wx = nn.Parameter(torch.randn(8, 3 * UNITS) * 0.3)
        self.wh = nn.Parameter(torch.randn(UNITS, 3 * UNITS) * 0.2)
        self.b = nn.Parameter(torch.zeros(3 * UNITS))

    def forward(self, x):
        """(batch, 1, 8, 8) to the last state, (batch, units)."""
        xs = x[:, 0].transpose(0, 1)  # (time, batch, features)

        def states(xs, wx, wh, b):
            every = [np.zeros((xs.shape[1], UNITS))]
            for one in xs:
                every.append(self.mine.step(one, every[-1], wx, wh, b))
            return every

        def back(g, xs, wx, wh, b):
            every = states(xs, wx, wh, b)
            total = [np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(b)]
            for t in reversed(range(len(xs))):
                _, g, *more = self.mine.backward(g, xs[t], every[t], wx, wh, b)
                total = [a + d for a, d in zip(total, more)]
            return [0 * xs, *total]

        return operation(lambda *p: states(*p)[-1], back, xs, self.wx, self.wh, self.b)


class Theirs(nn.Module):
    """PyTorch's."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, UNITS)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, units)."""
        return self.gru(x[:, 0].transpose(0, 1))[0][-1]


def swap(mine):
    """Train with both."""
    nets = {
        name: (lambda c=cell: nn.Sequential(c(), nn.Linear(UNITS, 10)))
        for name, cell in (("yours", lambda: Cell(mine)), ("built in", Theirs))
    }
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.01)
