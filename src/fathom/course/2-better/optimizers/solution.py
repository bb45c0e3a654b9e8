"""Three optimizers: each takes weights and gradient and what it remembers, and returns weights and what to remember."""

import numpy as np


def momentum(w, g, v, rate, beta):
    """v ← beta v + g, then a step of rate along v. Returns the new w and v, of the shape of w."""
    v = beta * v + g
    return w - rate * v, v


def rmsprop(w, g, s, rate, beta, eps):
    """s ← beta s + (1 - beta) g², then a step along g / (root of s, plus eps). Returns the new w and s."""
    s = beta * s + (1 - beta) * g**2
    return w - rate * g / (np.sqrt(s) + eps), s


def adam(w, g, m, v, t, rate, beta1, beta2, eps):
    """Averages of g and g², corrected for their start at 0; eps is added to the root.

    t: the number of this step, from 1. Returns the new w, m and v (m and v uncorrected).
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return w - rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
