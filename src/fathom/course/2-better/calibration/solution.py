"""Is a net as often right as it is confident? The calibration error, and one number that mends it."""

import numpy as np


def probabilities(z, temperature):
    """The softmax of the logits over the temperature: (n, classes). Logits of any size give finite numbers."""
    z = z / temperature
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def calibration_error(p, labels, bins):
    """The expected calibration error of probabilities p, (n, classes): a number from 0 to 1.

    The confidence of an example is its largest probability; it is right if that is its label's. Examples are sorted
    into bins of equal width by confidence: of 10 bins the first holds 0 up to, not including, 0.1; the last one holds
    1, too. In each bin: how far is the share that is right from the mean confidence? The mean of this over the bins,
    each counting by its examples.
    """
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    number, error = np.minimum((confidence * bins).astype(int), bins - 1), 0.0
    for b in np.unique(number):
        here = number == b
        error += here.mean() * abs(right[here].mean() - confidence[here].mean())
    return error


def fit(z, labels, low, high):
    """The temperature between low and high at which the mean cross-entropy is smallest, to six digits at least.

    It falls before the best temperature and rises after it; the best may be low or high itself. z: (n, classes), logits
    of examples that the net was not trained on.
    """
    own = z[np.arange(len(z)), labels].mean()
    for _ in range(60):
        middle = (low + high) / 2
        expected = (probabilities(z, middle) * z).sum(axis=1).mean()
        if own < expected:  # too sure: a higher temperature is better
            low = middle
        else:
            high = middle
    return (low + high) / 2
