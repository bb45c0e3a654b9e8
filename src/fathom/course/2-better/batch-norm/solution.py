"""Batch normalization of features."""

import numpy as np


def forward(x, gamma, beta, eps):
    """Normalize each feature over the batch, then scale and shift.

    x: (examples, features). gamma, beta: (features,). eps: added to the variance.
    Returns the output, like x, the means and the variances (divided by the number of examples), (features,) each.
    """
    mean, variance = x.mean(axis=0), x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(variance + eps) + beta, mean, variance


def backward(upstream, x, gamma, eps):
    """The gradients with respect to x, gamma and beta, given that of the output."""
    deviation = np.sqrt(x.var(axis=0) + eps)
    z = (x - x.mean(axis=0)) / deviation
    g = upstream * gamma  # (examples, features)
    d_x = (g - g.mean(axis=0) - z * (g * z).mean(axis=0)) / deviation
    return d_x, (upstream * z).sum(axis=0), upstream.sum(axis=0)


def use(x, gamma, beta, running_mean, running_variance, eps):
    """The output when the net is used: by the averages that were kept, not by the batch's own."""
    return gamma * (x - running_mean) / np.sqrt(running_variance + eps) + beta
