"""One step of an LSTM, forward and backward."""

import numpy as np


def sigmoid(z):
    """1 / (1 + exp(-z)). (Given.)"""
    return 1 / (1 + np.exp(-z))


def step(x, h, c, wx, wh, b):
    """The next h and c.

    x: (batch, features). h, c: (batch, units). wx: (features, 4 units). wh: (units, 4 units). b: (4 units,).
    The four parts of z = x wx + h wh + b: input gate, forget gate, output gate, candidate.
    """
    i, f, o, g = np.split(x @ wx + h @ wh + b, 4, axis=1)  # (batch, units) each
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def backward(d_h, d_c, x, h, c, wx, wh, b):
    """The gradients with respect to x, h, c and z, given those of the next h and of the next c.

    d_c is what arrives at the next c from the step after; what reaches it through h must be added. Returns d_x, d_h,
    d_c and d_z, (batch, 4 units), from which those of the weights follow.
    """
    i, f, o, g = np.split(x @ wx + h @ wh + b, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    shown = np.tanh(f * c + i * g)
    d_new = d_c + d_h * o * (1 - shown**2)
    d_z = np.concatenate(
        [d_new * g * i * (1 - i), d_new * c * f * (1 - f), d_h * shown * o * (1 - o), d_new * i * (1 - g**2)], axis=1
    )
    return d_z @ wx.T, d_z @ wh.T, d_new * f, d_z
