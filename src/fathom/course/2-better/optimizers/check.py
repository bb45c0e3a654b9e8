"""What must hold of the optimizers."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Weights, a gradient, and numbers between."""
    shape = (t.dim(3), t.dim(4))
    return t.normal(*shape), t.normal(*shape), t.normal(*shape), np.abs(t.normal(*shape)) + 0.1


@prop("momentum")
def rolling(t: Trial) -> None:
    w, g, v, _ = case(t)
    t.same("momentum", w, g, v, t.uniform(0.1, 0.9), t.uniform(0.3, 0.9))


@prop("RMSprop")
def scaled(t: Trial) -> None:
    w, g, _, s = case(t)
    t.same("rmsprop", w, g, s, t.uniform(0.1, 0.9), t.uniform(0.3, 0.9), t.uniform(0.01, 0.3))


@prop("the first step of Adam has the size of the rate", always=False)
def first(t: Trial) -> None:
    w, g, _, _ = case(t)
    g = np.where(np.abs(g) < 0.1, 1.0, g)
    zero = np.zeros_like(w)
    new = t.same("adam", w, g, zero, zero, 1, 0.1, 0.9, 0.999, 1e-12)[0]
    t.equal(
        np.abs(new - w), np.full(w.shape, 0.1), "the first step has the size of the rate, whatever the gradient", 1e-5
    )


@prop("Adam at any step")
def later(t: Trial) -> None:
    w, g, m, v = case(t)
    t.same(
        "adam",
        w,
        g,
        m,
        v,
        t.dim(9),
        t.uniform(0.1, 0.9),
        t.uniform(0.5, 0.9),
        t.uniform(0.6, 0.95),
        t.uniform(0.01, 0.3),
    )


@prop("ten steps of Adam in a row")
def row(t: Trial) -> None:
    w = t.normal(3)
    mine, right = (w, np.zeros(3), np.zeros(3)), (w, np.zeros(3), np.zeros(3))
    for step in range(1, 11):
        w, m, v = map(np.asarray, mine)
        mine = t.mine("adam", w, 2 * w * [1, 10, 100], m, v, step, 0.1, 0.9, 0.99, 1e-8)
        right = t.right("adam", right[0], 2 * right[0] * [1, 10, 100], right[1], right[2], step, 0.1, 0.9, 0.99, 1e-8)
    t.equal(mine[0], right[0], "where ten steps lead", 1e-6)
