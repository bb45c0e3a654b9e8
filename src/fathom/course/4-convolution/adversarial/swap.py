"""Two nets, and your attacks on all digits of dev: one met such attacks in its training, the other did not."""

import torch
from torch import nn

from fathom.learning.adapters import array, duel

SIZE = 0.1
"""By how much a pixel is moved; the brightest pixel is 1."""


class Attacked(nn.Module):
    """Two dense layers; a picture is attacked as what the net itself takes it for, since labels are not known here.

    Args:
        mine: your functions.
        training, judging: whether pictures are attacked there.
    """

    def __init__(self, mine, training, judging):
        super().__init__()
        self.mine, self.attacks = mine, {True: training, False: judging}
        self.hidden, self.last = nn.Linear(64, 48), nn.Linear(48, 10)

    def attacked(self, x):
        """(batch, 64), from 0 to 1, to the same."""
        weights = [array(p).T for layer in (self.hidden, self.last) for p in (layer.weight, layer.bias)]
        labels = self.mine.forward(array(x), *weights)[1].argmax(axis=1)
        return torch.as_tensor(self.mine.attack(array(x), labels, SIZE, *weights), dtype=torch.float32)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        x = x.flatten(1)
        x = (x - x.min()) / (x.max() - x.min())  # every batch has pixels that are black, and some that are white
        if self.attacks[self.training] and not x.is_meta:
            x = self.attacked(x)
        return self.last(self.hidden(x).relu())


def swap(mine):
    """Train each; the errors are those on dev."""
    nets = {
        "yours, met in training": lambda: Attacked(mine, training=True, judging=True),
        "yours, not met": lambda: Attacked(mine, training=False, judging=True),
        "no attack": lambda: Attacked(mine, training=False, judging=False),
    }
    yield from duel("practice:digits?n=600", nets, epochs=20, lr=0.005)
