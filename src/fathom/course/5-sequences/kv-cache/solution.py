"""The KV cache: what was computed for the tokens before is kept, so that a new token costs one row."""

import numpy as np


def weighted(q, k, v, seen):
    """Scaled dot-product attention; seen is (queries, keys), True where a query may look. (Given.)"""
    z = np.where(seen, q @ k.T / np.sqrt(q.shape[1]), -np.inf)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) @ v


def extend(x, cache, wq, wk, wv):
    """Causal attention for new tokens behind those whose keys and values are kept.

    x: (new, width), one new token at least. cache: a pair of keys and values, (before, d) each, perhaps with 0 rows.
    wq, wk, wv: (width, d). Each new token sees all tokens before it, and itself. Returns the output of the new tokens,
    (new, d), and the longer cache.
    """
    keys, values = np.concatenate([cache[0], x @ wk]), np.concatenate([cache[1], x @ wv])
    seen = np.tril(np.ones((len(x), len(keys)), bool), k=len(cache[0]))
    return weighted(x @ wq, keys, values, seen), (keys, values)


def rows(prompt, new):
    """How many rows of keys are computed to write `new` tokens behind `prompt` tokens: without a cache, and with one.

    The prompt is read in one go, which gives the first new token; each one more is read to give the next; the last one
    is not read any more. Without a cache all tokens so far are read anew each time.
    """
    without = new * prompt + new * (new - 1) // 2
    return without, prompt + new - 1


def memory(layers, heads, size, tokens, batch, bytes_each):
    """Bytes of the cache: keys and values of every layer, head (of `size` numbers), token and text of the batch."""
    return 2 * layers * heads * size * tokens * batch * bytes_each
