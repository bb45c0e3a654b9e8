"""CTC: what a path spells, and the probability of a text. Class 0 is the blank."""

import numpy as np


def collapse(path):
    """What a path spells: repeats merged, then blanks dropped. path: a list of classes. Returns a list."""
    return [int(c) for i, c in enumerate(path) if c != 0 and (i == 0 or c != path[i - 1])]


def score(p, text):
    """The probability that a net spells a text: the sum over all paths that collapse to it.

    p: (frames, classes), the probability of each class in each frame. text: a list of classes, none of them 0; it may
    be empty. Returns a number.
    """
    z = [0]
    for c in text:
        z += [c, 0]
    a = np.zeros(len(z))
    a[:2] = p[0, z[:2]]
    for t in range(1, len(p)):
        before = a.copy()
        before[1:] += a[:-1]
        for s in range(2, len(z)):
            if z[s] != 0 and z[s] != z[s - 2]:
                before[s] += a[s - 2]
        a = before * p[t, z]
    return a[-2:].sum()
