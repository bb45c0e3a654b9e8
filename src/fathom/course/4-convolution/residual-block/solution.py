"""A residual block: what a branch makes of x is added to x."""

import numpy as np


def forward(x, w1, w2):
    """x + relu(x w1) w2. x: (examples, features). w1: (features, hidden). w2: (hidden, features). Returns like x."""
    return x + np.maximum(x @ w1, 0) @ w2


def backward(upstream, x, w1, w2):
    """The gradients with respect to x, w1 and w2, given that of the output, (examples, features)."""
    a = np.maximum(x @ w1, 0)  # (examples, hidden)
    d_a = (upstream @ w2.T) * (a > 0)
    return upstream + d_a @ w1.T, x.T @ d_a, a.T @ upstream
