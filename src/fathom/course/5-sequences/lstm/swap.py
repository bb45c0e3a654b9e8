"""Digits read row by row by your LSTM, and by PyTorch's."""

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
        self.wx, self.wh = (
            nn.Parameter(torch.randn(8, 4 * UNITS) * 0.3),
            nn.Parameter(torch.randn(UNITS, 4 * UNITS) * 0.2),
        )
        self.b = nn.Parameter(torch.cat([torch.zeros(UNITS), torch.ones(UNITS), torch.zeros(2 * UNITS)]))

    def forward(self, x):
        """(batch, 1, 8, 8) to the last state, (batch, units)."""
        xs = x[:, 0].transpose(0, 1)  # (time, batch, features)

        def states(xs, wx, wh, b):
            h = c = np.zeros((xs.shape[1], UNITS))
            every = [(h, c)]
            for one in xs:
                every.append(self.mine.step(one, *every[-1], wx, wh, b))
            return every

        def back(g, xs, wx, wh, b):
            every = states(xs, wx, wh, b)
            d_h, d_c, d_wx, d_wh, d_b = g, np.zeros_like(g), np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(b)
            for t in reversed(range(len(xs))):
                h, c = every[t]
                _, d_h, d_c, d_z = self.mine.backward(d_h, d_c, xs[t], h, c, wx, wh, b)
                d_wx, d_wh, d_b = d_wx + xs[t].T @ d_z, d_wh + h.T @ d_z, d_b + d_z.sum(0)
            return [0 * xs, d_wx, d_wh, d_b]

        return operation(lambda *p: states(*p)[-1][0], back, xs, self.wx, self.wh, self.b)


class Theirs(nn.Module):
    """PyTorch's."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, UNITS)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, units)."""
        return self.lstm(x[:, 0].transpose(0, 1))[0][-1]


def swap(mine):
    """Train with both."""
    nets = {
        name: (lambda c=cell: nn.Sequential(c(), nn.Linear(UNITS, 10)))
        for name, cell in (("yours", lambda: Cell(mine)), ("built in", Theirs))
    }
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.01)
