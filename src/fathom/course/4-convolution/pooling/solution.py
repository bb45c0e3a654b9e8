"""Pooling over windows that do not overlap."""

import numpy as np


def max_forward(x, k):
    """The largest number of each window of k × k. x: (channels, rows, columns).

    Returns (channels, rows // k, columns // k); what is left over at the end is ignored.
    """
    c, rows, columns = x.shape[0], x.shape[1] // k, x.shape[2] // k
    windows = x[:, : rows * k, : columns * k].reshape(c, rows, k, columns, k)
    return windows.max(axis=(2, 4))


def max_backward(upstream, x, k):
    """The gradient with respect to x: all of it to the largest of each window, to the first of equal ones."""
    d_x = np.zeros_like(x)
    for c, i, j in np.ndindex(*upstream.shape):
        window = x[c, i * k : i * k + k, j * k : j * k + k]
        u, v = np.unravel_index(window.argmax(), window.shape)
        d_x[c, i * k + u, j * k + v] = upstream[c, i, j]
    return d_x


def average_backward(upstream, x, k):
    """The gradient with respect to x where the mean of each window was taken."""
    d_x = np.zeros_like(x)
    for c, i, j in np.ndindex(*upstream.shape):
        d_x[c, i * k : i * k + k, j * k : j * k + k] = upstream[c, i, j] / k**2
    return d_x
