"""A net on handwritten digits, made of your modules, and of PyTorch's."""

from torch import nn

from fathom.learning.adapters import duel


def theirs():
    """The same of PyTorch's."""
    layers = [nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 10)]
    return nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), *layers)


def swap(mine):
    """Train both."""
    yours = lambda: nn.Sequential(nn.Flatten(), mine.RunningNorm(64, 0.1, 1e-5), mine.Net([64, 48, 32, 10]))  # noqa: E731
    yield from duel("practice:digits?n=600", {"yours": yours, "built in": theirs}, epochs=12, lr=0.003)
