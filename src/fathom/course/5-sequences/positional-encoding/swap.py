"""Digits whose rows look at each other, told apart by your rotations, and by those of fathom's own Transformer."""

import numpy as np
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from fathom.learning.adapters import duel, operation
from fathom.nets.text.gpt import turned

BASE = 10_000.0


class Rows(nn.Module):
    """Eight rows of eight pixels look at each other, queries and keys turned by their places."""

    def __init__(self, turn):
        super().__init__()
        self.turn, self.project = turn, nn.Linear(8, 3 * 16)
        self.head = nn.Linear(8 * 16, 10)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        q, k, v = self.project(x[:, 0]).chunk(3, dim=-1)  # (batch, rows, 16) each
        return self.head(scaled_dot_product_attention(self.turn(q), self.turn(k), v).relu().flatten(1))


def swap(mine):
    """Train with both."""
    places = np.arange(8.0)

    def ahead(x):
        return np.stack([mine.rotate(one, places, BASE) for one in x])

    def back(g, x):
        return [np.stack([mine.rotate_backward(one, places, BASE) for one in g])]

    nets = {"yours": lambda: Rows(lambda x: operation(ahead, back, x)), "built in": lambda: Rows(turned)}
    yield from duel("practice:digits?n=600", nets, epochs=15, lr=0.003)
