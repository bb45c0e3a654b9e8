"""A wide net on few handwritten digits, trained with your decay, and without any."""

from unittest.mock import patch

import numpy as np
from torch import nn

from fathom.learning.adapters import Own, duel
from fathom.training import optimizers


def net():
    """Wide."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))


def swap(mine):
    """Train with both."""

    def builder(strength):
        def update(w, g, state, step, lr):
            ((new, _),) = mine.step([(w, np.zeros(1))], [(g, np.zeros(1))], lr, strength if w.ndim > 1 else 0.0)
            return new, state

        def build(net, name, lr, weight_decay):
            optimizer = Own(net.parameters(), lr, update)
            for group in optimizer.param_groups:
                group["peak"] = lr
            return [optimizer]

        return build

    asked = {"epochs": 15, "lr": 0.1, "optimizer": "sgd"}
    for name, strength in (("yours", 0.01), ("without", 0.0)):
        with patch.object(optimizers, "build_optimizers", builder(strength)):
            yield from duel("practice:digits?n=400", {name: net}, **asked)
