"""One step of a GRU, forward and backward."""

import numpy as np


def sigmoid(z):
    """1 / (1 + exp(-z)). (Given.)"""
    return 1 / (1 + np.exp(-z))


def parts(x, h, wx, wh, b):
    """Three parts of the input, x wx + b, then three of the state, h wh: (batch, units) each. (Given.)"""
    return *np.split(x @ wx + b, 3, axis=1), *np.split(h @ wh, 3, axis=1)


def step(x, h, wx, wh, b):
    """The next state, (batch, units).

    x: (batch, features). h: (batch, units). wx: (features, 3 units). wh: (units, 3 units). b: (3 units,).
    The three parts, in this order: reset gate, update gate, candidate. The reset gate multiplies what the state gives
    to the candidate; an update gate of 1 keeps the old state.
    """
    x_r, x_u, x_n, h_r, h_u, h_n = parts(x, h, wx, wh, b)
    r, u = sigmoid(x_r + h_r), sigmoid(x_u + h_u)
    n = np.tanh(x_n + r * h_n)
    return u * h + (1 - u) * n


def backward(upstream, x, h, wx, wh, b):
    """The gradients with respect to x, h, wx, wh and b, given that of the next state, (batch, units)."""
    x_r, x_u, x_n, h_r, h_u, h_n = parts(x, h, wx, wh, b)
    r, u = sigmoid(x_r + h_r), sigmoid(x_u + h_u)
    n = np.tanh(x_n + r * h_n)
    d_n = upstream * (1 - u) * (1 - n**2)
    d_u = upstream * (h - n) * u * (1 - u)
    d_r = d_n * h_n * r * (1 - r)
    d_input = np.concatenate([d_r, d_u, d_n], axis=1)  # (batch, 3 units)
    d_state = np.concatenate([d_r, d_u, d_n * r], axis=1)
    d_h = d_state @ wh.T + upstream * u
    return d_input @ wx.T, d_h, x.T @ d_input, h.T @ d_state, d_input.sum(axis=0)
