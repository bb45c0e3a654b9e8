"""How noisy a minibatch's gradient is, and up to which batch size more examples pay."""

import numpy as np


def noise(grads):
    """How far single examples' gradients lie from the true one, squared and summed over the weights: one number.

    grads: (n, weights), one gradient for each example, n at least 2. For each weight the unbiased estimate of the
    variance, divided by n - 1.
    """
    return grads.var(axis=0, ddof=1).sum()


def error(grads, size):
    """The expected squared distance of the mean gradient of a random minibatch of that size to the true one."""
    return noise(grads) / size


def noise_scale(grads):
    """The batch size at which noise and signal are equally strong: noise over the squared length of the true gradient.

    The squared length of the mean of grads is too large by the noise of that mean: this is taken away first. Where
    nothing or less than nothing is left, infinity.
    """
    length = (grads.mean(axis=0) ** 2).sum() - error(grads, len(grads))
    return noise(grads) / length if length > 0 else np.inf


def from_two_sizes(small, large, square_small, square_large):
    """The same scale from the squared lengths of the gradients of a small and of a large batch, on average.

    small, large: the sizes of the batches. A batch's squared length is, on average, that of the true gradient plus
    noise over size: two equations for both. The length found is above 0.
    """
    length = (large * square_large - small * square_small) / (large - small)
    spread = (square_small - square_large) / (1 / small - 1 / large)
    return spread / length
