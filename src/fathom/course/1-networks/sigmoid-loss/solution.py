"""The sigmoid and its loss, for scores of any size."""

import numpy as np


def sigmoid(s):
    """1 / (1 + exp(-s)) for s of any shape, without an overflow: nothing at which NumPy would warn.

    np.where computes both of its branches everywhere: none may overflow, not even where the other is taken.
    """
    e = np.exp(-np.abs(s))
    return np.where(s >= 0, 1 / (1 + e), e / (1 + e))


def loss(s, y):
    """The mean binary cross-entropy of scores s, (examples,), and labels y, 0 or 1, (examples,): one number.

    It must be right for scores such as -1000, too.
    """
    each = np.maximum(s, 0) - s * y + np.log1p(np.exp(-np.abs(s)))
    return each.mean()
