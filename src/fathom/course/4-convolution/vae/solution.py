"""The parts of a variational autoencoder: a draw that gradients pass through, and the two halves of its loss."""

import numpy as np


def draw(mean, log_var, noise):
    """A draw from the normal distribution with this mean and the logarithm of this variance, made of standard noise.

    All three: (n, latent). The result is a function of mean and log_var, so that gradients reach them.
    """
    return mean + np.exp(log_var / 2) * noise


def divergence(mean, log_var):
    """For each example the Kullback-Leibler divergence from its normal distribution to the standard one, (n,): summed
    over the latent numbers."""
    return 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var).sum(axis=1)


def loss(x, logits, mean, log_var, weight):
    """The mean over the examples of reconstruction + weight · divergence.

    x: (n, pixels), from 0 to 1. logits: (n, pixels), what the decoder says of them. reconstruction: the binary
    cross-entropy of x and the sigmoid of the logits, summed over the pixels; logits of any size give finite numbers.
    """
    reconstruction = (np.logaddexp(0, logits) - x * logits).sum(axis=1)
    return (reconstruction + weight * divergence(mean, log_var)).mean()


def gradients(upstream, mean, log_var, noise, weight):
    """The gradients of the loss with respect to mean and to log_var, two arrays (n, latent).

    upstream: (n, latent), the gradient of the loss with respect to what was drawn, through the decoder. The draw is
    that of `draw`, with this noise; the divergence adds a gradient of its own.
    """
    n = len(mean)
    d_mean = upstream + weight * mean / n
    d_log_var = upstream * noise * np.exp(log_var / 2) / 2 + weight * (np.exp(log_var) - 1) / 2 / n
    return d_mean, d_log_var
