"""Handwritten digits, seen through your convolution: it computes, PyTorch finds the gradients."""

import numpy as np
import torch
from torch import nn
from torch.nn.grad import conv2d_weight

from fathom.learning.adapters import Convolution, array, duel


def net(first):
    """One convolution, then a dense layer."""
    return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10))


def swap(mine):
    """Train with both."""

    def ahead(x, w, b):
        return np.stack([mine.convolve(one, w, b, 1, 1) for one in x])

    def back(g, x, w):
        d_w = conv2d_weight(torch.as_tensor(x), w.shape, torch.as_tensor(g), padding=1)
        return np.zeros_like(x), array(d_w), g.sum(axis=(0, 2, 3))

    own = lambda: net(Convolution(1, 8, 3, ahead, back))  # noqa: E731
    nets = {"yours": own, "built in": lambda: net(nn.Conv2d(1, 8, 3, padding=1))}
    yield from duel("practice:digits?n=600", nets, epochs=8, lr=0.005)
