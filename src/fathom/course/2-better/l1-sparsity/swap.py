"""A net on handwritten digits, shrunk by your steps until many weights are 0, by L2, and by nothing."""

from unittest.mock import patch

import torch
from torch import nn

from fathom.learning.adapters import Own, duel
from fathom.training import optimizers

RATE = 0.1


def net():
    """Wide."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def swap(mine):
    """Train with each, and count the zeros."""
    trained = []

    def builder(update):
        def build(net, name, lr, weight_decay):
            trained.append(net)
            optimizer = Own(net.parameters(), lr, update)
            for group in optimizer.param_groups:
                group["peak"] = lr
            return [optimizer]

        return build

    def yours(w, g, state, step, lr):
        return mine.step(w, g, lr, 0.005 if w.ndim > 1 else 0.0), state

    def squared(w, g, state, step, lr):
        return w - lr * (g + 0.01 * w * (w.ndim > 1)), state

    def told(run):
        weights = torch.cat([p.detach().flatten() for p in trained[-1].parameters() if p.ndim > 1])
        return f"{100 * (weights == 0).float().mean():.0f} % of {len(weights):,} weights are 0"

    for name, update in {
        "yours": yours,
        "L2": squared,
        "none": lambda w, g, state, step, lr: (w - lr * g, state),
    }.items():
        with patch.object(optimizers, "build_optimizers", builder(update)):
            yield from duel("practice:digits?n=600", {name: net}, more=told, epochs=20, lr=RATE, optimizer="sgd")
