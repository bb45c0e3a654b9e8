"""L1: weights that become exactly 0, by a step that shrinks them."""

import numpy as np


def penalty(w, strength):
    """strength times the sum of the sizes of all weights. w: an array of any shape."""
    return strength * np.abs(w).sum()


def soft(w, by):
    """Each weight moves towards 0 by so much, and no farther than 0. Returns an array of the shape of w."""
    return np.sign(w) * np.maximum(np.abs(w) - by, 0)


def step(w, gradient, rate, strength):
    """One step of proximal gradient descent: down the gradient of the loss, then soft by rate · strength."""
    return soft(w - rate * gradient, rate * strength)


def lasso(x, y, strength, rate, steps):
    """Weights of a linear model with an L1 penalty, (features,), after so many steps from 0.

    x: (n, features). y: (n,). The loss without the penalty: half the mean of the squared differences of x @ w to y.
    """
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w = step(w, x.T @ (x @ w - y) / len(x), rate, strength)
    return w
