"""Logistic regression: predict, find the gradients, step downhill."""

import numpy as np


def predict(x, w, b):
    """The probability of yes. x: (examples, features). w: (features,). b: a number. Returns (examples,)."""
    return 1 / (1 + np.exp(-(x @ w + b)))


def gradients(x, y, w, b):
    """The gradients of the mean binary cross-entropy. y: (examples,), 0 or 1. Returns d_w, (features,), and d_b."""
    off = predict(x, w, b) - y  # (examples,)
    return x.T @ off / len(x), off.mean()


def step(x, y, w, b, rate):
    """One step of gradient descent. Returns the new w and b; the old ones stay as they are."""
    d_w, d_b = gradients(x, y, w, b)
    return w - rate * d_w, b - rate * d_b
