"""What must hold of the noise of gradients."""

import numpy as np

from fathom.learning.trial import Trial, prop


def gradients(t: Trial):
    """One for each example, with something in common."""
    n, d = 1 + t.dim(7), t.dim(5)
    return t.normal(n, d) + 2 * t.normal(d)


@prop("the noise of single examples")
def single(t: Trial) -> None:
    t.same("noise", gradients(t))


@prop("of a minibatch")
def batch(t: Trial) -> None:
    t.same("error", gradients(t), t.dim(40))


@prop("four times as many, a quarter of the squared error", trials=2, always=False)
def quarter(t: Trial) -> None:
    grads, size = gradients(t), t.dim(9)
    t.equal(4 * t.mine("error", grads, 4 * size), t.right("error", grads, size), "it is not a quarter")


@prop("the scale")
def scale(t: Trial) -> None:
    t.same("noise_scale", gradients(t) + 3)


@prop("a weak signal", trials=3)
def weak(t: Trial) -> None:
    t.same("noise_scale", 0.3 * t.normal(6, 3) + 0.4)
    t.same("noise_scale", np.array([[0.5], [0.75], [0.625]]))


@prop("no signal: infinity", trials=3)
def pure(t: Trial) -> None:
    g = t.normal(3, 2) + 1
    t.same("noise_scale", np.concatenate([g, -g]))
    t.same("noise_scale", np.array([[1.0], [0.0]]))


@prop("from two sizes of batches")
def two(t: Trial) -> None:
    length, spread, small = t.uniform(0.5, 4), t.uniform(0.5, 9), t.dim(8)
    large = small * (1 + t.dim(5))
    t.same("from_two_sizes", small, large, length + spread / small, length + spread / large)


@prop("both ways agree", trials=2, always=False)
def agree(t: Trial) -> None:
    length, spread = t.uniform(0.5, 4), t.uniform(0.5, 9)
    got = t.mine("from_two_sizes", 4, 64, length + spread / 4, length + spread / 64)
    t.equal(got, spread / length, "from exact lengths the scale must come out exactly")
