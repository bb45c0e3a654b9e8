"""A warm-up in NumPy: one line each, without a loop. `fathom learn warm-up` checks them."""

import numpy as np


def column_means(x):
    """The mean of each column. x: (rows, columns). Returns (columns,). Look up: axis."""
    return x.mean(axis=0)


def centred(x):
    """x minus the mean of each of its columns, by broadcasting. x: (rows, columns). Returns the same shape."""
    return x - x.mean(axis=0)


def row_lengths(x):
    """The length of each row as a vector, as a column. x: (rows, columns). Returns (rows, 1). Look up: keepdims."""
    return np.sqrt((x**2).sum(axis=1, keepdims=True))


def relu(x):
    """x where it is positive, else 0, in a new array: x itself must stay as it is. Any shape."""
    return np.maximum(x, 0)


def of_right_class(p, y):
    """From each row of p the entry that y names. p: (rows, classes), y: (rows,) of whole numbers. Returns (rows,)."""
    return p[np.arange(len(y)), y]


def one_hot(y, classes):
    """A row for each label, 1 at its place and else 0. y: (n,) of whole numbers. Returns (n, classes), floats."""
    return np.eye(classes)[y]


def layer(x, w, b):
    """The matrix product of x and w, plus b in each row. x: (n, i), w: (i, o), b: (o,). Returns (n, o). Look up: @."""
    return x @ w + b


def products(a, b):
    """Every entry of a times every entry of b. a: (n,), b: (m,). Returns (n, m). Look up: None as an index."""
    return a[:, None] * b


def share_right(scores, y):
    """The share of rows whose largest score is at the place that y names. scores: (n, classes). Returns a number."""
    return (scores.argmax(axis=1) == y).mean()


def shuffled(x, y, rng):
    """The rows of x and the entries of y in one random order, drawn by rng.permutation. Returns both."""
    order = rng.permutation(len(y))
    return x[order], y[order]
