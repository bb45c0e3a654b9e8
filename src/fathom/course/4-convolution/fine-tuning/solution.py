"""Fine-tuning: what is frozen stays, and a new head learns on features that are computed once."""

import numpy as np


def step(params, grads, frozen, rate, decay):
    """One step of gradient descent with decay, p − rate · (g + decay · p), for all that is not frozen.

    params, grads: dicts from a name to an array. frozen: a list of names. Returns a new dict, in which
    what is frozen is the same.
    """
    return {name: p if name in frozen else p - rate * (grads[name] + decay * p) for name, p in params.items()}


def train_head(body, x, y, classes, steps, rate, decay):
    """Train a new head by gradient descent on the features of a frozen body, all examples in each step.

    body(x) gives the features, (examples, features); it is slow, so call it once. y: (examples,), whole numbers.
    The head begins at 0 and has no bias. Returns its weights, (features, classes).
    """
    f, onehot = body(x), np.eye(classes)[y]
    w = np.zeros((f.shape[1], classes))
    for _ in range(steps):
        s = f @ w
        e = np.exp(s - s.max(axis=1, keepdims=True))
        grad = f.T @ (e / e.sum(axis=1, keepdims=True) - onehot) / len(x)
        w = step({"w": w}, {"w": grad}, [], rate, decay)["w"]
    return w
