"""What must hold of directions, bias and equalized pairs."""

import numpy as np

from fathom.learning.trial import Trial, prop


def unit(x):
    """Of length 1."""
    return x / np.linalg.norm(x)


def words(t: Trial, n: int, features: int):
    """Vectors of several lengths, none of them 0."""
    return t.normal(n, features) + 0.1 * np.ones(features)


@prop("the direction of the pairs")
def direction(t: Trial) -> None:
    features = 1 + t.dim(5)
    base, apart = t.normal(t.dim(4), features), 2.0 * t.normal(features) + 0.3
    first = base + apart + 0.3 * t.rng.normal(size=base.shape)
    got = t.same("axis_of", np.stack([first, base], axis=1))
    t.equal(np.linalg.norm(got), 1.0, "its length is 1")


@prop("pairs that differ in length and in sign", trials=6)
def mixed(t: Trial) -> None:
    features = 1 + t.dim(4)
    axis = unit(t.normal(features) + 0.2)
    sizes = np.array([3.0, -1.0, 2.0]) + t.rng.normal(0, 0.1, 3)
    base = t.normal(3, features)
    t.same("axis_of", np.stack([base + sizes[:, None] * axis + 0.8 * t.rng.normal(size=base.shape), base], axis=1))


@prop("the sign is that of the whole, not of each number", trials=4)
def opposed(t: Trial) -> None:
    q, r = np.array([1.0, 1.0]) / 2**0.5, t.uniform(0.9, 1.1) * np.array([1.0, -1.0]) / 2**0.5
    differences = np.array([3.0 * q, r - t.uniform(2.4, 2.6) * q])  # their sum has a plus and a minus
    base = t.normal(2, 2)
    t.same("axis_of", t.pick(1, -1) * np.stack([base + differences, base], axis=1))


@prop("how much bias there is")
def biased(t: Trial) -> None:
    features = 1 + t.dim(4)
    t.same("direct", words(t, t.dim(5), features), 3 * unit(t.normal(features) + 0.2), t.pick(1.0, 2.0, 0.5))


@prop("the equalized pair")
def equal(t: Trial) -> None:
    features = 1 + t.dim(5)
    axis = unit(t.rng.normal(size=features))
    u, v = unit(t.rng.normal(size=features)), unit(t.rng.normal(size=features))
    got = t.same("equalize", u, v, axis)
    x = t.rng.normal(size=features)
    x = x - x @ axis * axis
    t.equal(np.asarray(got[0]) @ x, np.asarray(got[1]) @ x, "a word without a part along the axis is nearer to one")
    t.equal([np.linalg.norm(one) for one in got], [1.0, 1.0], "their lengths are 1")


@prop("the effect size")
def sized(t: Trial) -> None:
    features = 1 + t.dim(4)
    sets = [words(t, 1 + t.dim(4), features) + 0.05 * t.rng.normal(size=features) for _ in range(4)]
    sets = [one * t.rng.uniform(0.5, 2.0, (len(one), 1)) + 0.01 * t.rng.normal(size=one.shape) for one in sets]
    t.same("effect", *sets)
