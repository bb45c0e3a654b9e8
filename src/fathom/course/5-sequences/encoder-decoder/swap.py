"""Digits read row by row, the rows then looked back at by your context, by PyTorch's, or not at all."""

import torch
from torch import nn

from fathom.learning.adapters import duel, valued

UNITS = 24


def theirs(h, states, wa):
    """The same of PyTorch."""
    weights = torch.einsum("bf,bsf->bs", h @ wa, states).softmax(dim=1)
    return torch.einsum("bs,bsf->bf", weights, states)


class Looking(nn.Module):
    """The last state of a GRU asks, and the states of all rows answer; your values, PyTorch's gradients."""

    def __init__(self, kind, mine=None):
        super().__init__()
        self.kind, self.mine = kind, mine
        self.read, self.wa = nn.GRU(8, UNITS, batch_first=True), nn.Parameter(torch.randn(UNITS, UNITS) * 0.2)
        self.head = nn.Linear(2 * UNITS, 10)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        states = self.read(x[:, 0])[0]
        h = states[:, -1]

        def own(h, states, wa):
            lengths = (states[:, :, 0] < 9).sum(axis=1)  # all of them: no row is padding
            return self.mine.context(h, states, lengths, wa)[0]

        if self.kind == "none":
            seen = 0 * h
        else:
            seen = theirs(h, states, self.wa) if self.mine is None else valued(own, theirs, h, states, self.wa)
        return self.head(torch.cat([h, seen], 1))


def swap(mine):
    """Train with each."""
    nets = {
        "yours": lambda: Looking("yours", mine),
        "built in": lambda: Looking("built in"),
        "none": lambda: Looking("none"),
    }
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.005)
