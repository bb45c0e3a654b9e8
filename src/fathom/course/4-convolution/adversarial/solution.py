"""Gradients with respect to the input: what deceives a net, and where it looks."""

import numpy as np


def forward(x, w1, b1, w2, b2):
    """A net with one hidden layer, given: the activations (n, units) and the logits (n, classes) of x, (n, d)."""
    hidden = np.maximum(x @ w1 + b1, 0)
    return hidden, hidden @ w2 + b2


def input_gradient(x, labels, w1, b1, w2, b2):
    """The gradient of each example's cross-entropy with respect to its own input, (n, d): no mean over the batch.

    labels: (n,), class numbers.
    """
    hidden, z = forward(x, w1, b1, w2, b2)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(x)), labels] -= 1
    return (p @ w2.T * (hidden > 0)) @ w1.T


def attack(x, labels, size, w1, b1, w2, b2):
    """The fast gradient sign method: each pixel moves by size so that the loss rises, and stays between 0 and 1.

    Returns (n, d). A pixel whose gradient is 0 stays where it is.
    """
    return np.clip(x + size * np.sign(input_gradient(x, labels, w1, b1, w2, b2)), 0, 1)


def saliency(x, classes, w1, b1, w2, b2):
    """How much each pixel moves the logit of a class, (n, d): the size of the derivative.

    classes: (n,), for each example the class that is asked about.
    """
    hidden, _ = forward(x, w1, b1, w2, b2)
    return np.abs((w2.T[classes] * (hidden > 0)) @ w1.T)
