"""A convolution as one product of two matrices, and what that costs in memory."""

import numpy as np


def im2col(x, k, stride):
    """Every window of k × k as a row of a matrix.

    x: (batch, channels, rows, columns). Returns (batch · rows' · columns', channels · k · k): pictures in order, in
    each the windows row by row from the top left, and of each window channel after channel, each row by row.
    """
    b, c, rows, columns = x.shape
    high, wide = (rows - k) // stride + 1, (columns - k) // stride + 1
    out = np.empty((b, high, wide, c, k, k))
    for i in range(high):
        for j in range(wide):
            out[:, i, j] = x[:, :, i * stride : i * stride + k, j * stride : j * stride + k]
    return out.reshape(b * high * wide, c * k * k)


def convolve(x, weights, bias, stride):
    """A convolution without padding by a single matrix product.

    weights: (filters, channels, k, k). bias: (filters,). Returns (batch, filters, rows', columns').
    """
    b, _, rows, columns = x.shape
    filters, k = len(weights), weights.shape[2]
    high, wide = (rows - k) // stride + 1, (columns - k) // stride + 1
    flat = im2col(x, k, stride) @ weights.reshape(filters, -1).T + bias  # (windows, filters)
    return flat.reshape(b, high, wide, filters).transpose(0, 3, 1, 2)


def col2im(windows, shape, k, stride):
    """The way back for gradients: each number of the matrix is added where it was taken from.

    windows: as im2col returns them. shape: of x. Returns an array of that shape.
    """
    b, c, rows, columns = shape
    high, wide = (rows - k) // stride + 1, (columns - k) // stride + 1
    parts, out = windows.reshape(b, high, wide, c, k, k), np.zeros(shape)
    for i in range(high):
        for j in range(wide):
            out[:, :, i * stride : i * stride + k, j * stride : j * stride + k] += parts[:, i, j]
    return out


def growth(shape, k, stride):
    """How many times as many numbers the matrix of im2col has as x of that shape: (batch, channels, rows, columns)."""
    _, _, rows, columns = shape
    high, wide = (rows - k) // stride + 1, (columns - k) // stride + 1
    return high * wide * k * k / (rows * columns)
