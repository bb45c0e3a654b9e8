"""Dropout, yours."""

from .module import Module
from .solved import dropout

NEEDS = ("dropout",)
__all__ = ["Dropout"]


class Dropout(Module):
    """Silences a share p in training."""

    def __init__(self, p, rng):
        super().__init__()
        self.p, self.rng = p, rng

    def forward(self, x):
        """Any shape."""
        out, self.mask = dropout.forward(x, self.p, self.training, self.rng)
        return out

    def backward(self, upstream):
        """By the mask."""
        return dropout.backward(upstream, self.mask)


def examples(rng):
    """Layers and inputs for the tests."""
    yield Dropout(0.5, rng), rng.normal(size=(4, 5))
