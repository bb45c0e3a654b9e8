"""Weight decay: as a penalty in the loss, and as a decay in the step."""

import numpy as np


def penalty(layers, strength):
    """strength / 2 times the sum of the squares of all weights; biases are spared.

    layers: a list of pairs w, (inputs, outputs), and b, (outputs,). Returns a number.
    """
    return strength / 2 * sum(np.sum(w**2) for w, _ in layers)


def gradient(grads, layers, strength):
    """The gradients of loss + penalty, given those of the loss: a list of pairs d_w and d_b."""
    return [(d_w + strength * w, d_b) for (d_w, d_b), (w, _) in zip(grads, layers)]


def step(layers, grads, rate, strength):
    """A step of gradient descent with decoupled decay: grads are those of the loss alone.

    Each weight moves against its gradient, and by rate · strength of its old self towards 0; biases only the former.
    Returns the new layers.
    """
    return [(w - rate * d_w - rate * strength * w, b - rate * d_b) for (w, b), (d_w, d_b) in zip(layers, grads)]
