"""A net of two layers on handwritten digits: yours, and PyTorch's."""

from torch import nn

from fathom.learning.adapters import Dense, duel


def net(dense):
    """64 pixels, 32 hidden units, 10 classes."""
    return nn.Sequential(nn.Flatten(), dense(64, 32), nn.ReLU(), dense(32, 10))


def swap(mine):
    """Train both."""
    own = lambda i, o: Dense(i, o, mine.forward, mine.backward)  # noqa: E731
    yield from duel(
        "practice:digits?n=600", {"yours": lambda: net(own), "built in": lambda: net(nn.Linear)}, epochs=12, lr=0.003
    )
