"""From logits to the probabilities that are drawn from: temperature, top-k, top-p."""

import numpy as np


def tempered(z, temperature):
    """The softmax of z / temperature; at temperature 0 the largest logit has probability 1 (of equal ones the first).

    z: logits, (classes,), perhaps very large.
    """
    if temperature == 0:
        return np.eye(len(z))[np.argmax(z)]
    e = np.exp((z - z.max()) / temperature)
    return e / e.sum()


def top_k(p, k):
    """Keep the k largest probabilities (of equal ones the first), and let them sum to 1 again; k = 0 keeps all.

    p: (classes,). k may be larger than the number of classes.
    """
    if k == 0:
        return p
    keep = np.argsort(-p, kind="stable")[:k]
    kept = np.zeros(len(p))
    kept[keep] = p[keep]
    return kept / kept.sum()


def top_p(p, share):
    """Keep the fewest of the largest probabilities whose sum is at least `share`, and let them sum to 1 again.

    p: (classes,). share: above 0; with 1 or more all are kept. Of equal probabilities the first is taken first.
    """
    order = np.argsort(-p, kind="stable")
    before = np.cumsum(p[order]) - p[order]  # what the larger ones have together
    kept = np.empty(len(p))
    kept[order] = np.where(before < share, p[order], 0)
    return kept / kept.sum()


def distribution(z, temperature, k, share):
    """What is drawn from: first the temperature, then top-k, then top-p, each of what the one before left."""
    return top_p(top_k(tempered(z, temperature), k), share)
