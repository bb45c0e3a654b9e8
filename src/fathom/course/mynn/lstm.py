"""A layer of an LSTM, of your step and its backward pass."""

import numpy as np

from .module import Module
from .solved import initialization, lstm

NEEDS = ("lstm", "initialization")
__all__ = ["Lstm"]


class Lstm(Module):
    """(time, batch, features) → all states, (time, batch, units); it begins with zeros."""

    def __init__(self, features, units, rng):
        super().__init__()
        self.weights = {
            "wx": rng.normal(0, initialization.scale(features, "tanh"), (features, 4 * units)),
            "wh": rng.normal(0, initialization.scale(units, "tanh"), (units, 4 * units)),
            "b": np.zeros(4 * units),
        }

    def forward(self, x):
        """Step by step."""
        wx, wh, b = self.weights["wx"], self.weights["wh"], self.weights["b"]
        h = c = np.zeros((x.shape[1], len(b) // 4))
        self.x, self.before, states = x, [], []
        for now in x:
            self.before.append((h, c))
            h, c = lstm.step(now, h, c, wx, wh, b)
            states.append(h)
        return np.array(states)

    def backward(self, upstream):
        """Through time."""
        wx, wh, b = self.weights["wx"], self.weights["wh"], self.weights["b"]
        self.grads = {name: np.zeros_like(w) for name, w in self.weights.items()}
        d_x, d_h, d_c = np.zeros(self.x.shape), np.zeros(upstream[0].shape), np.zeros(upstream[0].shape)
        for t in reversed(range(len(self.x))):
            h, c = self.before[t]
            d_x[t], d_h, d_c, d_z = lstm.backward(upstream[t] + d_h, d_c, self.x[t], h, c, wx, wh, b)
            self.grads["wx"] += self.x[t].T @ d_z
            self.grads["wh"] += h.T @ d_z
            self.grads["b"] += d_z.sum(0)
        return d_x


def examples(rng):
    """Layers and inputs for the tests."""
    yield Lstm(3, 2, rng), rng.normal(size=(4, 2, 3))
