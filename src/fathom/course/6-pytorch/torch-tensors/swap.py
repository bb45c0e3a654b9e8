"""Digits cut off at a row of chance: their rows averaged by you, with and without a mask."""

import torch
from torch import nn

from fathom.learning.adapters import duel


class Rows(nn.Module):
    """Reads the rows by a GRU, and averages over those that are there; rows after the cut are noise."""

    def __init__(self, mine, masked):
        super().__init__()
        self.mine, self.masked = mine, masked
        self.read, self.head = nn.GRU(8, 32, batch_first=True), nn.Linear(32, 10)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        rows = x[:, 0]
        lengths = 5 + (rows.sum((1, 2)).abs() * 7).long() % 4  # 5 to 8, always the same of the same digit
        there = self.mine.mask(lengths, 8)
        rows = torch.where(there[:, :, None], rows, 3 * torch.randn_like(rows))
        seen = there if self.masked else torch.ones_like(there)
        return self.head(self.mine.mean_of_steps(self.read(rows)[0], seen))


def swap(mine):
    """Train both."""
    nets = {"yours": lambda: Rows(mine, masked=True), "yours, no mask": lambda: Rows(mine, masked=False)}
    yield from duel("practice:digits?n=600", nets, epochs=15, lr=0.005)
