"""Inverted dropout."""

import numpy as np


def forward(x, p, training, rng):
    """Silence each number of x with probability p, 0 ≤ p < 1, while training; keep the mean.

    rng: a NumPy Generator. Returns the output, of the shape of x, and the mask by which x was multiplied (ones where
    nothing was done).
    """
    mask = (rng.random(x.shape) >= p) / (1 - p) if training else np.ones_like(x)
    return x * mask, mask


def backward(upstream, mask):
    """The gradient with respect to x."""
    return upstream * mask
