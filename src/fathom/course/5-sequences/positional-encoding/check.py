"""What must hold of positions."""

import numpy as np

from fathom.learning.trial import Trial, prop


def tokens(t: Trial):
    """Numbers, places that need not follow each other, and a base."""
    n, width = t.dim(4), 2 * t.dim(4)
    return t.normal(n, width), t.rng.integers(0, 30, n).astype(float), t.pick(100.0, 10000.0, 20.0)


@prop("the table of waves")
def waves(t: Trial) -> None:
    t.same("sinusoidal", 1 + t.dim(6), 2 * t.dim(5), t.pick(100.0, 10000.0, 7.0))


@prop("a table goes on where a longer one does")
def longer(t: Trial) -> None:
    width = 2 * t.dim(4)
    short, long = 2 + t.dim(4), 8 + t.dim(5)
    part = t.mine("sinusoidal", short, width, 1000.0)
    t.equal(
        part, t.right("sinusoidal", long, width, 1000.0)[:short], "the row of a place depends on how many there are"
    )


@prop("pairs of numbers are turned")
def turned(t: Trial) -> None:
    x, places, base = tokens(t)
    got = t.same("rotate", x, places, base)
    t.equal(np.sum(np.square(got), 1), np.sum(x**2, 1), "the lengths change")


@prop("the product of a query and a key depends on their distance alone")
def relative(t: Trial) -> None:
    width, base = 2 * t.dim(4), t.pick(100.0, 1000.0)
    q, k = t.normal(1, width), t.normal(1, width)
    at, apart, shift = t.rng.integers(0, 12, 3)

    def product(i, j):
        a = t.mine("rotate", q, np.array([float(i)]), base)
        b = t.mine("rotate", k, np.array([float(j)]), base)
        return float(np.sum(np.asarray(a) * np.asarray(b)))

    t.equal(product(at + shift, at + shift + apart), product(at, at + apart), "moving both changes their product")
    t.equal(t.mine("rotate", q, np.zeros(1), base), q, "at place 0 nothing is turned")


@prop("the gradient")
def back(t: Trial) -> None:
    t.same("rotate_backward", *tokens(t))


@prop("the gradient agrees with central differences", trials=4)
def numeric(t: Trial) -> None:
    x, places, base = tokens(t)
    g = t.normal(*x.shape)
    d_x = t.mine("rotate_backward", g, places, base)
    t.gradient(d_x, lambda v: t.right("rotate", v, places, base), x, g, "d_x")
