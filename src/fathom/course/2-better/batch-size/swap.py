"""The batch size that your noise scale names, beside smaller and larger ones: the same number of steps with each."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from fathom.learning.adapters import array, duel

STEPS, EXAMPLES = 60, 300
TRAIN, TRAINED = 360, 100
"""Examples of train, and about how many steps each training takes: as many with each size."""


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
    """Measure, then train with three sizes; beyond the noise scale larger batches bring little."""
    grads = gradients()
    scale = float(mine.noise_scale(grads))
    size = int(2 ** np.clip(np.round(np.log2(scale)), 2, 8))
    spread = np.sqrt([mine.error(grads, many) for many in (8, 256)])
    yield f"noise scale {scale:.0f}: a batch of {size}; typical error of a gradient {spread[0]:.2f} of 8, {spread[1]:.2f} of 256"
    for name, many in {"yours": size, "a quarter": size // 4, "four times": 4 * size}.items():
        epochs = max(1, round(TRAINED * many / TRAIN))
        for line in duel("practice:digits?n=600", {name: net}, epochs=epochs, lr=0.003, batch_size=many):
            yield f"{line}, batches of {many}, {epochs} epochs"
