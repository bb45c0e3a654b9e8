"""Digits whose rows look at each other by four heads of yours, and by PyTorch's."""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from fathom.learning.adapters import array, duel, operation

WIDTH, HEADS = 16, 4
ALLOWED = np.ones((8, 8), bool)


def theirs(x, q, k, v, o):
    """The same of PyTorch."""
    parts = [(x @ w).unflatten(2, (HEADS, -1)).transpose(1, 2) for w in (q, k, v)]
    return scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2) @ o


class Heads(nn.Module):
    """Rows of width 16 look at each other; of yours the values, and the gradients of wv and wo."""

    def __init__(self, mine=None):
        super().__init__()
        self.mine = mine
        self.weights = nn.ParameterList(torch.randn(WIDTH, WIDTH) / WIDTH**0.5 for _ in range(4))

    def forward(self, x):
        """(batch, rows, width) to the same."""
        if self.mine is None:
            return theirs(x, *self.weights)

        def ahead(x, *weights):
            return np.stack([self.mine.attend(one, one, *weights, HEADS, ALLOWED)[0] for one in x])

        def back(g, x, *weights):
            with torch.enable_grad():
                given = [torch.tensor(one, requires_grad=True) for one in (x, *weights)]
                found = list(map(array, torch.autograd.grad(theirs(*given), given, torch.as_tensor(g))))
            own = [self.mine.backward(u, one, one, *weights, HEADS, ALLOWED) for u, one in zip(g, x)]
            return [*found[:3], *(sum(part) for part in zip(*own))]

        return operation(ahead, back, x, *self.weights)


class Rows(nn.Module):
    """Eight rows of eight pixels."""

    def __init__(self, *own):
        super().__init__()
        self.project, self.place = nn.Linear(8, WIDTH), nn.Parameter(torch.randn(8, WIDTH) * 0.3)
        self.look, self.head = Heads(*own), nn.Linear(8 * WIDTH, 10)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        rows = self.project(x[:, 0]) + self.place
        return self.head((rows + self.look(rows)).relu().flatten(1))


def swap(mine):
    """Train with both."""
    yield from duel("practice:digits?n=600", {"yours": lambda: Rows(mine), "built in": Rows}, epochs=12, lr=0.003)
