"""Causal self-attention with one head, of your attention and its backward pass."""

import numpy as np

from .module import Module
from .solved import attention, initialization

NEEDS = ("attention", "initialization")
__all__ = ["Attention"]


class Attention(Module):
    """(batch, places, features) → the same shape; each place looks at itself and at what stands before it."""

    def __init__(self, features, rng):
        super().__init__()
        scale = initialization.scale(features, "linear")
        self.weights = {name: rng.normal(0, scale, (features, features)) for name in ("q", "k", "v")}

    def forward(self, x):
        """Sequence by sequence."""
        self.x, w = x, self.weights
        self.allowed = np.tril(np.ones((x.shape[1], x.shape[1]), bool))
        return np.stack([attention.attention(s @ w["q"], s @ w["k"], s @ w["v"], self.allowed)[0] for s in x])

    def backward(self, upstream):
        """By your backward pass."""
        w = self.weights
        self.grads = {name: np.zeros_like(one) for name, one in w.items()}
        d_x = np.zeros_like(self.x)
        for i, (g, s) in enumerate(zip(upstream, self.x)):
            found = attention.backward(g, s @ w["q"], s @ w["k"], s @ w["v"], self.allowed)
            for name, d in zip(("q", "k", "v"), found):
                self.grads[name] += s.T @ d
                d_x[i] += d @ w[name].T
        return d_x


def examples(rng):
    """Layers and inputs for the tests."""
    yield Attention(3, rng), rng.normal(size=(2, 4, 3))
