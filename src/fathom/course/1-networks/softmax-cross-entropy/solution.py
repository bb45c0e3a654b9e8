"""Softmax and cross-entropy: from scores to probabilities, to a loss, and to its gradient."""

import numpy as np


def softmax(scores):
    """Turn scores into probabilities; large scores must not overflow.

    scores: (examples, classes). Returns (examples, classes); each row sums to 1.
    """
    e = np.exp(scores - scores.max(axis=1, keepdims=True))  # (examples, classes)
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(scores, labels):
    """The mean over the examples of -log(probability of the right class).

    scores: (examples, classes). labels: (examples,), whole numbers from 0. Returns one number.
    It must stay finite also where the probability of the right class is too small to be written.
    """
    s = scores - scores.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))  # (examples, classes)
    return -log_p[np.arange(len(labels)), labels].mean()


def gradient(scores, labels):
    """The gradient of cross_entropy with respect to the scores: (examples, classes)."""
    p = softmax(scores)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)
