"""A recurrent layer, of your step and your gradients through time."""

import numpy as np

from .module import Module
from .solved import initialization, rnn

NEEDS = ("rnn", "initialization")
__all__ = ["Rnn"]


class Rnn(Module):
    """(time, batch, features) → all states, (time, batch, units); the first state is 0."""

    def __init__(self, features, units, rng):
        super().__init__()
        self.weights = {
            "wx": rng.normal(0, initialization.scale(features, "tanh"), (features, units)),
            "wh": rng.normal(0, initialization.scale(units, "tanh"), (units, units)),
            "b": np.zeros(units),
        }

    def forward(self, x):
        """Step by step."""
        w = self.weights
        self.x, self.h0 = x, np.zeros((x.shape[1], len(w["b"])))
        self.states = rnn.forward(x, self.h0, w["wx"], w["wh"], w["b"])
        return self.states

    def backward(self, upstream):
        """Through time, by your backward pass; the gradient of x is that of z, through wx."""
        w = self.weights
        d_wx, d_wh, d_b, _ = rnn.backward(upstream, self.x, self.h0, self.states, w["wx"], w["wh"])
        self.grads = {"wx": d_wx, "wh": d_wh, "b": d_b}
        d_x, carry = np.zeros(self.x.shape), np.zeros(self.h0.shape)
        for t in reversed(range(len(self.x))):
            d_z = (upstream[t] + carry) * (1 - self.states[t] ** 2)
            d_x[t], carry = d_z @ w["wx"].T, d_z @ w["wh"].T
        return d_x


def examples(rng):
    """Layers and inputs for the tests."""
    yield Rnn(3, 4, rng), rng.normal(size=(4, 2, 3))
