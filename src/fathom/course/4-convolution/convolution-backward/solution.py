"""Convolution: the forward pass is given, the backward pass is yours."""

import numpy as np


def forward(x, weights, bias, stride, pad):
    """Slide the filters over the pictures (cross-correlation, as in all of deep learning).

    x: (batch, channels, rows, columns). weights: (filters, channels, kh, kw). bias: (filters,).
    Returns (batch, filters, rows', columns') with rows' = (rows + 2 pad - kh) // stride + 1.
    """
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = weights.shape[2:]
    rows, columns = (padded.shape[2] - kh) // stride + 1, (padded.shape[3] - kw) // stride + 1
    out = np.empty((len(x), len(weights), rows, columns))
    for i in range(rows):
        for j in range(columns):
            patch = padded[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = np.einsum("bcuv,fcuv->bf", patch, weights) + bias
    return out


def backward(upstream, x, weights, stride, pad):
    """The gradients of a loss, given its gradient with respect to the output.

    upstream: (batch, filters, rows', columns'). The others as in forward.
    Returns three arrays: d_x like x, d_weights like weights, d_bias (filters,).
    """
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    d_padded, d_weights = np.zeros_like(padded), np.zeros_like(weights)
    kh, kw = weights.shape[2:]
    for i in range(upstream.shape[2]):
        for j in range(upstream.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            g = upstream[:, :, i, j]  # (batch, filters)
            d_weights += np.einsum("bf,bcuv->fcuv", g, padded[at])
            d_padded[at] += np.einsum("bf,fcuv->bcuv", g, weights)
    d_x = d_padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return d_x, d_weights, upstream.sum(axis=(0, 2, 3))
