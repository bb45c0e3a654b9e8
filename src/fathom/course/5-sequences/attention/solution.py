"""Attention: each query takes from the values what fits it, of those that it may see."""

import numpy as np


def attention(q, k, v, allowed):
    """Scaled dot-product attention.

    q: (queries, d). k: (keys, d). v: (keys, values). allowed: (queries, keys), True where a query may look;
    each query may look at one key at least. Returns the output (queries, values) and the weights (queries, keys).
    """
    scores = np.where(allowed, q @ k.T / np.sqrt(q.shape[1]), -np.inf)  # (queries, keys)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = e / e.sum(axis=1, keepdims=True)
    return weights @ v, weights


def backward(upstream, q, k, v, allowed):
    """The gradients with respect to q, k and v, given that of the output, (queries, values)."""
    weights = attention(q, k, v, allowed)[1]
    d_v = weights.T @ upstream  # (keys, values)
    d_weights = upstream @ v.T  # (queries, keys)
    d_scores = weights * (d_weights - (d_weights * weights).sum(axis=1, keepdims=True))
    d_scores = d_scores / np.sqrt(q.shape[1])
    return d_scores @ k, d_scores.T @ q, d_v
