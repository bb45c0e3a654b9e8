"""A language model of letters, as a table of counts."""

import numpy as np


def pairs(text, n):
    """Windows of n letters and the letter that follows each.

    text: (letters,), whole numbers. Returns the inputs, (letters - n, n), and the answers, (letters - n,).
    """
    inputs = np.array([text[i : i + n] for i in range(len(text) - n)])
    return inputs, text[n:]


def train(text, letters, smoothing):
    """The probability of each letter after each other: (letters, letters), rows are the letter before.

    letters: how many different ones there are. smoothing: added to each count.
    """
    counts = np.full((letters, letters), float(smoothing))
    np.add.at(counts, (text[:-1], text[1:]), 1)
    return counts / counts.sum(axis=1, keepdims=True)


def bits(table, text):
    """The mean surprise in bits about each letter but the first, by what stands before it: one number."""
    return -np.log2(table[text[:-1], text[1:]]).mean()
