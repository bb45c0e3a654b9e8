"""Prejudice in word vectors: its direction, how strong it is, and pairs that are made to differ in nothing else."""

import numpy as np


def axis_of(pairs):
    """The direction in which the pairs differ most, of length 1, (features,).

    pairs: (pairs, 2, features), such as (she, he), (woman, man). It is the first principal direction of their
    differences, first minus second, not centred: the unit vector with the largest sum of squared products with them.
    Its sign is such that the sum of the products itself is not negative.
    """
    differences = pairs[:, 0] - pairs[:, 1]
    axis = np.linalg.svd(differences)[2][0]
    return np.copysign(1.0, differences.sum(axis=0) @ axis) * axis


def direct(vectors, axis, strictness):
    """The mean over the vectors, (words, features), of |cosine with the axis| to the power `strictness`."""
    cosines = vectors @ axis / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(axis))
    return float(np.mean(np.abs(cosines) ** strictness))


def equalize(u, v, axis):
    """Two vectors of length 1 that differ along the axis alone, as u and v do, but are otherwise the same.

    u, v: (features,), of length 1. axis: (features,), of length 1; u's part along it is not that of v. What both
    have in common is their mean without its part along the axis. To it the axis is added for the one that had more of
    it, and taken away for the other, as much as the length 1 needs. Returns two vectors.
    """
    mean = (u + v) / 2
    common = mean - (mean @ axis) * axis
    part = np.copysign(np.sqrt(1 - common @ common), (u - v) @ axis) * axis
    return common + part, common - part


def effect(xs, ys, a, b):
    """How much more the words xs go with a than with b, compared with the words ys: an effect size.

    xs, ys, a, b: (words, features) each. The association of a word is its mean cosine with a minus that with b. The
    effect is the mean association of xs minus that of ys, over the standard deviation of all (divided by n − 1).
    """

    def unit(m):
        return m / np.linalg.norm(m, axis=1, keepdims=True)

    def associations(m):
        return (unit(m) @ unit(a).T).mean(axis=1) - (unit(m) @ unit(b).T).mean(axis=1)

    one, other = associations(xs), associations(ys)
    return float((one.mean() - other.mean()) / np.concatenate([one, other]).std(ddof=1))
