"""A train-dev set, and a verdict that is silent where it cannot know."""

import math

import numpy as np


def part(n, share, rng):
    """Which of n training examples form train-dev: round(share · n) different numbers below n, sorted, as a list.

    rng: a NumPy Generator.
    """
    return sorted(int(i) for i in rng.permutation(n)[: round(share * n)])


def verdict(train, train_dev, dev, z):
    """ "variance", "mismatch", or "" where the data cannot tell.

    train, train_dev, dev: pairs (wrong, examples). The gaps are train_dev − train and dev − train_dev. The larger is
    named (the first of equal ones), if it is more than z of its standard errors above 0.
    """
    p = [wrong / n for wrong, n in (train, train_dev, dev)]
    v = [share * (1 - share) / n for share, (_, n) in zip(p, (train, train_dev, dev))]
    found = [("variance", p[1] - p[0], math.sqrt(v[0] + v[1])), ("mismatch", p[2] - p[1], math.sqrt(v[1] + v[2]))]
    name, gap, error = max(found, key=lambda one: one[1])
    return name if gap > z * error else ""
