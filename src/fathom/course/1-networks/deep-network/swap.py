"""A deep net of yours on handwritten digits, and PyTorch's."""

import torch
from torch import nn

from fathom.learning.adapters import duel, operation

WIDTHS = [64, 48, 32, 10]


class Net(nn.Module):
    """All layers in one operation, forward and backward."""

    def __init__(self, mine):
        super().__init__()
        self.mine = mine
        sizes = list(zip(WIDTHS, WIDTHS[1:]))
        self.weights = nn.ParameterList(torch.randn(i, o) * (2 / i) ** 0.5 for i, o in sizes)
        self.biases = nn.ParameterList(torch.zeros(o) for _, o in sizes)

    def forward(self, x):
        """(batch, 1, 8, 8) to (batch, 10)."""
        n = len(self.weights)

        def ahead(x, *p):
            return self.mine.forward(x, list(zip(p[:n], p[n:])))[-1]

        def back(g, x, *p):
            layers = list(zip(p[:n], p[n:]))
            grads = self.mine.backward(g, self.mine.forward(x, layers), layers)
            return [0 * x, *[w for w, _ in grads], *[b for _, b in grads]]

        return operation(ahead, back, x.flatten(1), *self.weights, *self.biases)


def theirs():
    """The same of PyTorch's layers."""
    parts = [nn.Flatten()]
    for i, o in zip(WIDTHS, WIDTHS[1:]):
        parts += [nn.Linear(i, o), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def swap(mine):
    """Train both."""
    yield from duel("practice:digits?n=600", {"yours": lambda: Net(mine), "built in": theirs}, epochs=12, lr=0.003)
