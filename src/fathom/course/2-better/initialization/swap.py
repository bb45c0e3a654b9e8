"""A net of eight layers on handwritten digits, begun with your weights, and with ones that are too small."""

import numpy as np
import torch
from torch import nn

from fathom.learning.adapters import duel

WIDTHS = [64, *[48] * 7, 10]


def net(layers):
    """Dense layers with these weights, a relu between them."""
    parts = [nn.Flatten()]
    for w, b in layers:
        dense = nn.Linear(*w.shape)
        with torch.no_grad():
            dense.weight.copy_(torch.as_tensor(w.T, dtype=torch.float32))
            dense.bias.copy_(torch.as_tensor(b, dtype=torch.float32))
        parts += [dense, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def swap(mine):
    """Train both."""
    draw = lambda: mine.initialize(WIDTHS, "relu", np.random.default_rng(0))  # noqa: E731
    nets = {"yours": lambda: net(draw()), "a tenth": lambda: net([(0.1 * w, b) for w, b in draw()])}
    yield from duel("practice:digits?n=600", nets, epochs=12, lr=0.002)
