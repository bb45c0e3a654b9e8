"""A convolutional net on handwritten digits, trained by your Adam and by the built-in one."""

from unittest.mock import patch

import numpy as np
from torch import nn

from fathom.learning.adapters import Own, duel
from fathom.training import optimizers


def net():
    """Small."""
    return nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(192, 10))


def swap(mine):
    """Train with both."""

    def update(w, g, state, step, lr):
        m, v = state or (np.zeros_like(w), np.zeros_like(w))
        w, m, v = mine.adam(w, g, m, v, step, lr, 0.9, 0.999, 1e-8)
        return w, (m, v)

    def build(net, name, lr, weight_decay):
        optimizer = Own(net.parameters(), lr, update)
        for group in optimizer.param_groups:
            group["peak"] = lr
        return [optimizer]

    asked = {"epochs": 10, "lr": 0.003, "optimizer": "adam", "weight_decay": 0.0}
    with patch.object(optimizers, "build_optimizers", build):
        yield from duel("practice:digits?n=600", {"yours": net}, **asked)
    yield from duel("practice:digits?n=600", {"built in": net}, **asked)
