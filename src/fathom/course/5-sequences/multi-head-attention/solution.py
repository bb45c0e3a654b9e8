"""Attention with several heads: each looks at something else, in features of its own."""

import numpy as np


def weighted(q, k, v, allowed):
    """Scaled dot-product attention of many heads at once, each by itself. (Given.)

    q: (heads, queries, d). k, v: (heads, keys, d). allowed: (queries, keys), True where a query may look.
    Returns the output (heads, queries, d) and the weights (heads, queries, keys).
    """
    z = np.where(allowed, q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[2]), -np.inf)
    e = np.exp(z - z.max(axis=2, keepdims=True))
    weights = e / e.sum(axis=2, keepdims=True)
    return weights @ v, weights


def split(x, heads):
    """Cut the features of each position into heads: the first of them belong to the first head.

    x: (places, width), the width a multiple of heads. Returns (heads, places, width / heads).
    """
    places, width = x.shape
    return x.reshape(places, heads, width // heads).transpose(1, 0, 2)


def merge(x):
    """The opposite of split: (heads, places, d) to (places, heads · d)."""
    heads, places, d = x.shape
    return x.transpose(1, 0, 2).reshape(places, heads * d)


def attend(x, memory, wq, wk, wv, wo, heads, allowed):
    """Multi-head attention: the places of x look at those of memory, which may be x itself.

    x: (queries, width). memory: (keys, width). wq, wk, wv, wo: (width, width). allowed: (queries, keys).
    Returns the output (queries, width) and the weights (heads, queries, keys).
    """
    q, k, v = split(x @ wq, heads), split(memory @ wk, heads), split(memory @ wv, heads)
    out, weights = weighted(q, k, v, allowed)
    return merge(out) @ wo, weights


def backward(upstream, x, memory, wq, wk, wv, wo, heads, allowed):
    """The gradients with respect to wv and wo, given that of the output, (queries, width)."""
    v = split(memory @ wv, heads)
    _, weights = attend(x, memory, wq, wk, wv, wo, heads, allowed)
    d_wo = merge(weights @ v).T @ upstream
    d_heads = split(upstream @ wo.T, heads)  # (heads, queries, d)
    d_v = weights.transpose(0, 2, 1) @ d_heads  # (heads, keys, d)
    return memory.T @ merge(d_v), d_wo
