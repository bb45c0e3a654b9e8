"""The training loop: shuffled batches, and a step on each."""

import numpy as np


def batches(n, size, rng):
    """Cut the indices 0 … n − 1, shuffled by rng, into batches of that size; the last may be smaller.

    rng: a NumPy Generator. Returns a list of arrays of indices.
    """
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]


def train(weights, x, y, gradients_of, epochs, size, rate, rng):
    """Train with mini-batches, shuffled anew in every epoch.

    weights: an array. x: (examples, features). y: (examples,).
    gradients_of(weights, x, y) returns the loss and its gradient, on a batch.
    Returns the trained weights and a list of the mean loss of each epoch, taken over its batches.
    """
    losses = []
    for _ in range(epochs):
        seen = []
        for batch in batches(len(x), size, rng):
            loss, gradient = gradients_of(weights, x[batch], y[batch])
            weights = weights - rate * gradient
            seen.append(loss)
        losses.append(float(np.mean(seen)))
    return weights, losses
