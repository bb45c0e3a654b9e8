"""A loss of several yes-or-no tasks that leaves out what is not known, and a step that freezes idle heads."""

import numpy as np


def loss(s, y):
    """The mean binary cross-entropy over the known labels; 0.0 where none is known.

    s: scores, (examples, tasks), of any size. y: (examples, tasks): 0, 1, or nan for unknown. Returns one number.
    """
    known = ~np.isnan(y)
    a, b = s[known], y[known]
    return float((np.maximum(a, 0) - a * b + np.log1p(np.exp(-np.abs(a)))).mean()) if known.any() else 0.0


def gradient(s, y):
    """The gradient of loss with respect to the scores, (examples, tasks); 0 where the label is unknown."""
    known = ~np.isnan(y)
    p = 0.5 * (1 + np.tanh(s / 2))
    return np.where(known, p - y, 0.0) / max(1, known.sum())


def step(heads, grads, y, rate, decay):
    """A step w − rate · (g + decay · w) for each head with a known label in the batch; other heads stay as they are.

    heads, grads: (tasks, features). y: (examples, tasks) as in loss. Returns the new heads.
    """
    busy = (~np.isnan(y)).any(axis=0)  # (tasks,)
    return np.where(busy[:, None], heads - rate * (grads + decay * heads), heads)
