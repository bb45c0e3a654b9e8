"""Convolution of one picture with several filters."""

import numpy as np


def pad(x, width):
    """Put so many rows and columns of zeros around each channel. x: (channels, rows, columns)."""
    return np.pad(x, ((0, 0), (width, width), (width, width)))


def convolve(x, weights, bias, stride, width):
    """Slide filters over a padded picture, without turning them round.

    x: (channels, rows, columns). weights: (filters, channels, kh, kw). bias: (filters,). width: of the padding.
    Returns (filters, rows', columns').
    """
    x = pad(x, width)
    kh, kw = weights.shape[2:]
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    out = np.empty((len(weights), rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw]  # (channels, kh, kw)
            out[:, i, j] = (weights * window).sum(axis=(1, 2, 3)) + bias
    return out
