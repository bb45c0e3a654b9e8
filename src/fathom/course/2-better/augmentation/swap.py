"""Few pictures of cats and other animals: flipped and cropped by you, changed by fathom, and as they are."""

import numpy as np
import torch
from torch import nn

from fathom.learning.adapters import array, duel

WIDTH = 4
"""Pixels by which a picture is moved at most."""


class Changed(nn.Module):
    """Flips and crops of yours, in training only."""

    def __init__(self, mine):
        super().__init__()
        self.mine, self.rng = mine, np.random.default_rng(0)

    def forward(self, x):
        """(batch, 3, 64, 64) to the same."""
        if not self.training or x.is_meta:
            return x
        flipped = self.mine.flip(array(x), self.rng.random(len(x)) < 0.5)
        tops, lefts = self.rng.integers(0, 2 * WIDTH + 1, (2, len(x)))
        return torch.as_tensor(self.mine.crop(flipped, tops, lefts, WIDTH).copy(), dtype=torch.float32)


def net(*first):
    """Two convolutions, then a dense layer."""
    return nn.Sequential(
        *first, nn.AvgPool2d(2), nn.Conv2d(3, 12, 5, stride=2), nn.ReLU(), nn.Conv2d(12, 24, 3), nn.ReLU(),
        nn.MaxPool2d(3), nn.Flatten(), nn.Linear(384, 2),
    )  # fmt: skip


def swap(mine):
    """Train with each."""
    asked = {"epochs": 25, "lr": 0.003}
    yield from duel("practice:cats?n=400", {"yours": lambda: net(Changed(mine))}, augment=0.0, **asked)
    yield from duel("practice:cats?n=400", {"built in": net}, augment=1.0, **asked)
    yield from duel("practice:cats?n=400", {"none": net}, augment=0.0, **asked)
