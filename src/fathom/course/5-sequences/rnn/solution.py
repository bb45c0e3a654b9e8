"""A recurrent net: one step, and the gradients through time."""

import numpy as np


def step(x, h, wx, wh, b):
    """The next state, tanh(x wx + h wh + b). x: (batch, features). h: (batch, units). Returns (batch, units)."""
    return np.tanh(x @ wx + h @ wh + b)


def forward(xs, h0, wx, wh, b):
    """All states. xs: (time, batch, features). h0: (batch, units). Returns (time, batch, units). (Given.)"""
    states = []
    for x in xs:
        states.append(step(x, states[-1] if states else h0, wx, wh, b))
    return np.array(states)


def backward(upstream, xs, h0, states, wx, wh):
    """The gradients, given those that arrive at each state from above: upstream, like states (time, batch, units).

    states: what forward returned. Returns d_wx, d_wh, d_b (units,) and d_h0, each of the shape of what it belongs to.
    """
    d_wx, d_wh, d_b, carry = np.zeros_like(wx), np.zeros_like(wh), np.zeros(wh.shape[1]), np.zeros_like(h0)
    for t in reversed(range(len(xs))):
        d_z = (upstream[t] + carry) * (1 - states[t] ** 2)  # (batch, units)
        d_wx += xs[t].T @ d_z
        d_wh += (states[t - 1] if t else h0).T @ d_z
        d_b += d_z.sum(axis=0)
        carry = d_z @ wh.T
    return d_wx, d_wh, d_b, carry
