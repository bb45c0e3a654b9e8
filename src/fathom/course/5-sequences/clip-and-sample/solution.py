"""Gradients kept short, and letters drawn."""

import numpy as np


def clip(grads, largest):
    """Shorten gradients so that the norm over all arrays together is at most `largest`; shorter ones stay as they are.

    grads: a list of arrays of any shapes. Returns a new list.
    """
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    factor = largest / max(norm, largest)
    return [g * factor for g in grads]


def sample(scores, temperature, rng):
    """Draw a class number by the softmax of scores / temperature; at temperature 0 the class with the highest score.

    scores: (classes,), perhaps very large. rng: a NumPy Generator. Returns a whole number.
    """
    if temperature == 0:
        return int(np.argmax(scores))
    e = np.exp((scores - scores.max()) / temperature)
    return int(rng.choice(len(scores), p=e / e.sum()))
