"""A small net on handwritten digits, every number of it a node of your graph, and the same in PyTorch."""

import numpy as np
import torch
from torch import nn

from fathom.learning.adapters import duel, operation

INPUTS, HIDDEN, CLASSES = 16, 6, 10


def graph():
    """The nodes of the net for one example, and the numbers of those that are its logits.

    Inputs, weights, and what arrives from the loss come in. The last node sums up the logits, each times what arrives:
    its derivatives are those of the loss.
    """
    end = INPUTS + HIDDEN * (INPUTS + 1) + CLASSES * (HIDDEN + 1)
    nodes = [("input",)] * (end + CLASSES)

    def put(*node):
        nodes.append(node)
        return len(nodes) - 1

    def layer(inputs, begin, units):
        found = []
        for at in range(begin, begin + units * (len(inputs) + 1), len(inputs) + 1):
            total = at + len(inputs)  # the bias
            for k, i in enumerate(inputs):
                total = put("add", total, put("multiply", i, at + k))
            found.append(total)
        return found

    hidden = [put("tanh", z) for z in layer(range(INPUTS), INPUTS, HIDDEN)]
    logits = layer(hidden, INPUTS + HIDDEN * (INPUTS + 1), CLASSES)
    total = put("multiply", logits[0], end)
    for k in range(1, CLASSES):
        total = put("add", total, put("multiply", logits[k], end + k))
    return nodes, logits


class Net(nn.Module):
    """Two dense layers; without functions of yours PyTorch computes them."""

    def __init__(self, mine=None):
        super().__init__()
        self.mine, self.first, self.last = mine, nn.Linear(INPUTS, HIDDEN), nn.Linear(HIDDEN, CLASSES)

    def forward(self, x):
        """(batch, 16) to (batch, 10)."""
        if self.mine is None:
            return self.last(self.first(x).tanh())
        nodes, logits = graph()

        def values(x, weights, arrives):
            return self.mine.forward(nodes, [*x.tolist(), *weights.tolist(), *arrives.tolist()])

        def ahead(x, weights):
            every = [values(one, weights, np.zeros(CLASSES)) for one in x]
            return np.array([[one[i] for i in logits] for one in every])

        def back(g, x, weights):
            grads = [self.mine.backward(nodes, values(one, weights, u)) for one, u in zip(x, g)]
            found = np.array([one[: INPUTS + len(weights)] for one in grads])
            return found[:, :INPUTS], found[:, INPUTS:].sum(axis=0)

        rows = [torch.cat([one.weight, one.bias[:, None]], 1).flatten() for one in (self.first, self.last)]
        return operation(ahead, back, x, torch.cat(rows))


def swap(mine):
    """Train with both."""
    net = lambda *own: nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), Net(*own))  # noqa: E731
    yield from duel("practice:digits?n=600", {"yours": lambda: net(mine), "built in": net}, epochs=10, lr=0.02)
