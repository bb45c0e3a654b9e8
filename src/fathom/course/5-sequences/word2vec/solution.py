"""Skip-gram with negative sampling: vectors of words from the words around them."""

import numpy as np


def sigmoid(z):
    """1 / (1 + exp(-z)), for scores of any size. (Given.)"""
    return 0.5 + 0.5 * np.tanh(z / 2)


def pairs(tokens, window):
    """Each word with each word at most `window` places before or behind it: (pairs, 2), centre and neighbour.

    tokens: (length,), numbers of words, two at least. Ordered by the centre's place, then by the neighbour's.
    """
    n = len(tokens)
    places = [(i, j) for i in range(n) for j in range(max(0, i - window), min(n, i + window + 1)) if j != i]
    return tokens[np.array(places)]


def noise(counts):
    """How likely each word is drawn as a wrong neighbour: its count to the power 0.75, over the sum of these."""
    p = counts**0.75
    return p / p.sum()


def loss(centres, neighbours, wrong, inner, outer):
    """The mean over the pairs of −log sigmoid(right score) − Σ log sigmoid(−wrong score).

    centres, neighbours: (pairs,). wrong: (pairs, k), words that were drawn. inner, outer: (words, width), the vectors
    of words as centres, and as neighbours. A score is the product of the centre's inner vector with an outer one.
    """
    v = inner[centres]
    right = (v * outer[neighbours]).sum(axis=1)
    others = np.einsum("pd,pkd->pk", v, outer[wrong])
    return float(np.mean(np.logaddexp(0, -right) + np.logaddexp(0, others).sum(axis=1)))


def gradients(centres, neighbours, wrong, inner, outer):
    """The gradients of the loss with respect to inner and outer; a word may occur several times."""
    v, u, w = inner[centres], outer[neighbours], outer[wrong]
    g_right = (sigmoid((v * u).sum(axis=1)) - 1) / len(centres)  # (pairs,)
    g_wrong = sigmoid(np.einsum("pd,pkd->pk", v, w)) / len(centres)
    d_inner, d_outer = np.zeros(inner.shape), np.zeros(outer.shape)
    np.add.at(d_inner, centres, g_right[:, None] * u + np.einsum("pk,pkd->pd", g_wrong, w))
    np.add.at(d_outer, neighbours, g_right[:, None] * v)
    np.add.at(d_outer, wrong, g_wrong[:, :, None] * v[:, None])
    return d_inner, d_outer
