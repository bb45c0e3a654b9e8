"""Gradients by central differences, and a comparison."""

import numpy as np


def numeric(f, x, h):
    """The gradient of f at x by central differences.

    f: takes an array like x and returns a number. x: an array of any shape, which must not change.
    Returns an array like x.
    """
    grad = np.zeros_like(x)
    for at in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        grad[at] = (f(up) - f(down)) / (2 * h)
    return grad


def agrees(f, gradient, x):
    """Whether gradient(x) is the gradient of f at x: True or False.

    The measure is the relative difference of the whole arrays, and 1e-6 the bound; h is 1e-5. A gradient of zeros
    agrees with one of zeros.
    """
    claimed, found = gradient(x), numeric(f, x, 1e-5)
    size = np.linalg.norm(claimed) + np.linalg.norm(found)
    return bool(np.linalg.norm(claimed - found) <= 1e-6 * size)
