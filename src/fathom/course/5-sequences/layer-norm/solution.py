"""Layer norm and RMS norm: each token is normalized by itself, over its features."""

import numpy as np


def layer_forward(x, gamma, beta, eps):
    """Normalize each token over its features, then scale and shift.

    x: (batch, tokens, features). gamma, beta: (features,). eps: added to the variance. Returns an array like x.
    """
    deviation = np.sqrt(x.var(axis=2, keepdims=True) + eps)
    return gamma * (x - x.mean(axis=2, keepdims=True)) / deviation + beta


def layer_backward(upstream, x, gamma, eps):
    """The gradients with respect to x, gamma and beta, given that of the output."""
    deviation = np.sqrt(x.var(axis=2, keepdims=True) + eps)
    n = (x - x.mean(axis=2, keepdims=True)) / deviation
    g = upstream * gamma
    d_x = (g - g.mean(axis=2, keepdims=True) - n * (g * n).mean(axis=2, keepdims=True)) / deviation
    return d_x, (upstream * n).sum(axis=(0, 1)), upstream.sum(axis=(0, 1))


def rms_forward(x, gamma, eps):
    """Divide each token by the root of the mean square of its features (eps added under the root), then scale."""
    return gamma * x / np.sqrt((x**2).mean(axis=2, keepdims=True) + eps)


def rms_backward(upstream, x, gamma, eps):
    """The gradients with respect to x and gamma, given that of the output."""
    size = np.sqrt((x**2).mean(axis=2, keepdims=True) + eps)
    n = x / size
    g = upstream * gamma
    return (g - n * (g * n).mean(axis=2, keepdims=True)) / size, (upstream * n).sum(axis=(0, 1))
