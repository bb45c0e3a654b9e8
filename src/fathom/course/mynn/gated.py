"""A layer of a GRU, of your step and its backward pass."""

import numpy as np

from .module import Module
from .solved import gru, initialization

NEEDS = ("gru", "initialization")
__all__ = ["Gru"]


class Gru(Module):
    """(time, batch, features) → all states, (time, batch, units); it begins with zeros."""

    def __init__(self, features, units, rng):
        super().__init__()
        self.weights = {
            "wx": rng.normal(0, initialization.scale(features, "tanh"), (features, 3 * units)),
            "wh": rng.normal(0, initialization.scale(units, "tanh"), (units, 3 * units)),
            "b": np.zeros(3 * units),
        }

    def forward(self, x):
        """Step by step."""
        wx, wh, b = self.weights["wx"], self.weights["wh"], self.weights["b"]
        self.x, self.states = x, [np.zeros((x.shape[1], len(wh)))]
        for now in x:
            self.states.append(gru.step(now, self.states[-1], wx, wh, b))
        return np.array(self.states[1:])

    def backward(self, upstream):
        """Through time."""
        wx, wh, b = self.weights["wx"], self.weights["wh"], self.weights["b"]
        self.grads = {name: np.zeros_like(w) for name, w in self.weights.items()}
        d_x, d_h = np.zeros(self.x.shape), np.zeros(upstream[0].shape)
        for t in reversed(range(len(self.x))):
            d_x[t], d_h, *shares = gru.backward(upstream[t] + d_h, self.x[t], self.states[t], wx, wh, b)
            for name, share in zip(("wx", "wh", "b"), shares):
                self.grads[name] += share
        return d_x


def examples(rng):
    """Layers and inputs for the tests."""
    yield Gru(3, 2, rng), rng.normal(size=(4, 2, 3))
