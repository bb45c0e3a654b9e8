"""Digits whose rows go through a block of a Transformer: yours, and PyTorch's."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import duel, valued

WIDTH, HEADS = 16, 2
SHAPES = {
    "qkv": (WIDTH, 3 * WIDTH), "qkv_bias": (3 * WIDTH,), "mix": (WIDTH, WIDTH), "mix_bias": (WIDTH,),
    "up": (WIDTH, 4 * WIDTH), "up_bias": (4 * WIDTH,), "down": (4 * WIDTH, WIDTH), "down_bias": (WIDTH,),
}  # fmt: skip
NORMS = "norm_1", "norm_2"


def theirs(x, *weights):
    """The same of PyTorch."""
    p = dict(zip(SHAPES, weights))
    norms = weights[len(SHAPES) :]
    h = F.layer_norm(x, (WIDTH,), *norms[:2])
    q, k, v = (h @ p["qkv"] + p["qkv_bias"]).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
    seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
    x = x + seen @ p["mix"] + p["mix_bias"]
    h = F.layer_norm(x, (WIDTH,), *norms[2:])
    return x + F.gelu(h @ p["up"] + p["up_bias"], approximate="tanh") @ p["down"] + p["down_bias"]


class Block(nn.Module):
    """Your values, PyTorch's gradients."""

    def __init__(self, mine=None):
        super().__init__()
        self.mine = mine
        learned = [torch.randn(s) / s[0] ** 0.5 if len(s) > 1 else torch.zeros(s) for s in SHAPES.values()]
        norms = [make(WIDTH) for _ in NORMS for make in (torch.ones, torch.zeros)]
        self.weights = nn.ParameterList([*learned, *norms])

    def forward(self, x):
        """(batch, rows, width) to the same."""

        def own(x, *weights):
            norms = weights[len(SHAPES) :]
            p = {**dict(zip(SHAPES, weights)), "norm_1": norms[:2], "norm_2": norms[2:]}
            return np.stack([self.mine.block(one, p, HEADS) for one in x])

        return theirs(x, *self.weights) if self.mine is None else valued(own, theirs, x, *self.weights)


class Rows(nn.Module):
    """Eight rows of eight pixels; each looks at itself and at those above it."""

    def __init__(self, *own):
        super().__init__()
        self.project, self.place = nn.Linear(8, WIDTH), nn.Parameter(torch.randn(8, WIDTH) * 0.3)
        self.block, self.head = Block(*own), nn.Linear(8 * WIDTH, 10)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        return self.head(self.block(self.project(x[:, 0]) + self.place).flatten(1))


def swap(mine):
    """Train with both."""
    yield from duel("practice:digits?n=600", {"yours": lambda: Rows(mine), "built in": Rows}, epochs=10, lr=0.003)
