"""Three convolutions of another kind: across channels only, channel by channel, and to a larger picture."""

import numpy as np


def pointwise(x, weights):
    """A convolution of 1 × 1: each pixel's channels are mixed, neighbours are not looked at.

    x: (channels, rows, columns). weights: (filters, channels). Returns (filters, rows, columns).
    """
    return np.einsum("fc,cij->fij", weights, x)


def depthwise(x, weights):
    """Each channel with a filter of its own, and no channel with another; no padding, stride 1, no turning round.

    x: (channels, rows, columns). weights: (channels, kh, kw). Returns (channels, rows', columns').
    """
    kh, kw = weights.shape[1:]
    rows, columns = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    out = np.zeros((len(x), rows, columns))
    for u in range(kh):
        for v in range(kw):
            out += weights[:, u, v, None, None] * x[:, u : u + rows, v : v + columns]
    return out


def transposed(x, weights, stride):
    """A transposed convolution: each number of x puts its multiple of the filter into the output, and these are added.

    The filter of x[c, i, j] begins at row i · stride and column j · stride of the output. x: (channels, rows, columns).
    weights: (channels, filters, kh, kw). Returns (filters, (rows - 1) · stride + kh, (columns - 1) · stride + kw).
    """
    _, rows, columns = x.shape
    _, filters, kh, kw = weights.shape
    out = np.zeros((filters, (rows - 1) * stride + kh, (columns - 1) * stride + kw))
    for i in range(rows):
        for j in range(columns):
            put = np.tensordot(x[:, i, j], weights, 1)  # (filters, kh, kw)
            out[:, i * stride : i * stride + kh, j * stride : j * stride + kw] += put
    return out
