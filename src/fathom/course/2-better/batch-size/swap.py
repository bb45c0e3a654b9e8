"""The batch size that your noise scale names, beside a small and a large one, all for the same number of examples."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import array, duel

STEPS, EXAMPLES = 60, 300


def net():
    """A hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def gradients():
    """Of single examples, early in a training: (examples, weights)."""
    torch.manual_seed(0)
    pixels, labels = load_digits(return_X_y=True)
    x, y, one = torch.as_tensor(pixels / 16, dtype=torch.float32), torch.as_tensor(labels), net()
    steps = torch.optim.Adam(one.parameters(), lr=0.003)
    for i in range(STEPS):
        steps.zero_grad()
        F.cross_entropy(one(x[i * 16 : i * 16 + 16]), y[i * 16 : i * 16 + 16]).backward()
        steps.step()
    every = [
        torch.autograd.grad(F.cross_entropy(one(x[i : i + 1]), y[i : i + 1]), list(one.parameters()))
        for i in range(EXAMPLES)
    ]
    return np.stack([np.concatenate([array(g).ravel() for g in grads]) for grads in every])


def swap(mine):
    """Measure, then train with three sizes."""
    grads = gradients()
    scale = float(mine.noise_scale(grads))
    size = int(2 ** np.clip(np.round(np.log2(scale)), 2, 8))
    spread = np.sqrt([mine.error(grads, many) for many in (8, 256)])
    yield f"noise scale {scale:.0f}: a batch of {size}; typical error of a gradient {spread[0]:.2f} of 8, {spread[1]:.2f} of 256"
    for name, many in {"yours": size, "a few": 4, "many": 256}.items():
        yield from duel("practice:digits?n=600", {name: net}, epochs=12, lr=0.003, batch_size=many)
