"""Cats, recognized by a net whose first layer is your convolution, and by PyTorch's."""

from torch import nn

from fathom.learning.adapters import Convolution, duel


def net(first):
    """Two convolutions, then a dense layer."""
    return nn.Sequential(
        first, nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 2),
    )  # fmt: skip


def swap(mine):
    """Train with both: filters of 5 × 5 with a stride of 3."""
    ahead = lambda x, w, b: mine.forward(x, w, b, 3, 0)  # noqa: E731
    back = lambda g, x, w: mine.backward(g, x, w, 3, 0)  # noqa: E731
    own = lambda: net(Convolution(3, 8, 5, ahead, back))  # noqa: E731
    yield from duel(
        "practice:cats?n=1000",
        {"yours": own, "built in": lambda: net(nn.Conv2d(3, 8, 5, stride=3))},
        epochs=12,
        lr=0.003,
    )
