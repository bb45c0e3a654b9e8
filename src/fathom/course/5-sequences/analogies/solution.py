"""Vectors of words: how alike, what is to c as b is to a, and a direction taken out."""

import numpy as np


def cosine(u, v):
    """The cosine of the angle between two vectors, (features,); 0 where one of them is 0."""
    size = np.linalg.norm(u) * np.linalg.norm(v)
    return float(u @ v / size) if size > 0 else 0.0


def analogy(table, a, b, c):
    """a is to b as c is to …: the number of the word nearest, by cosine, to b − a + c, other than these three.

    table: (words, features), four words or more. a, b, c: numbers of words. Of equal ones the first.
    """
    target = table[b] - table[a] + table[c]
    near = [-np.inf if i in (a, b, c) else cosine(row, target) for i, row in enumerate(table)]
    return int(np.argmax(near))


def remove(vectors, direction):
    """The vectors, (words, features), without their parts along a direction, (features,), which is not 0."""
    return vectors - np.outer(vectors @ direction, direction) / (direction @ direction)
