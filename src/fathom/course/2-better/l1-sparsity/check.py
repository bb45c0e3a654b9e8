"""What must hold of L1."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("the penalty")
def cost(t: Trial) -> None:
    t.same("penalty", t.normal(t.dim(4), t.dim(3)), t.uniform(0.1, 3))


@prop("towards 0, and no farther")
def shrunk(t: Trial) -> None:
    t.same("soft", t.normal(t.dim(4), t.dim(4)), t.uniform(0.1, 1.5))


@prop("small weights are exactly 0", trials=3, always=False)
def zero(t: Trial) -> None:
    got = np.asarray(t.mine("soft", np.array([0.3, -0.3, 0.2, -0.1, 0.0, 1.3, -1.3]), 0.3))
    t.equal(got, np.array([0, 0, 0, 0, 0, 1.0, -1.0]), "what is smaller than the threshold becomes 0")


@prop("soft is the best answer to its question", trials=3, always=False)
def proximal(t: Trial) -> None:
    w, by = t.normal(5), t.uniform(0.1, 1)
    found = np.asarray(t.mine("soft", w, by), float)
    cost = lambda v: ((v - w) ** 2).sum() / 2 + by * np.abs(v).sum()  # noqa: E731
    other = found + 0.01 * t.rng.normal(size=5)
    t.true(cost(found) <= cost(other) + 1e-12, "another point is nearer to w for less penalty")


@prop("one step")
def one(t: Trial) -> None:
    w = t.normal(t.dim(5))
    t.same("step", w, t.normal(len(w)), t.uniform(0.1, 0.9), t.uniform(0.1, 2))


def data(t: Trial):
    """A linear problem in which few features matter."""
    n, d = t.dim(8), t.dim(5)
    x = t.normal(n, d)
    return x, x[:, 0] * 2 + 0.1 * t.normal(n)


@prop("some steps from 0")
def trained(t: Trial) -> None:
    t.same("lasso", *data(t), t.uniform(0.05, 0.6), t.uniform(0.02, 0.15), t.dim(7))


@prop("after many steps the slopes are in balance", trials=2, always=False)
def balance(t: Trial) -> None:
    x = t.normal(30, 4)
    y, strength = x @ np.array([1.5, 0, -1.0, 0]) + 0.2 * t.normal(30), 0.3
    w = np.asarray(t.mine("lasso", x, y, strength, 0.3, 600), float)
    g = x.T @ (x @ w - y) / 30
    t.true(np.all(np.abs(g[w == 0]) <= strength + 1e-6), "a weight of 0 has a slope that is stronger than the penalty")
    t.equal(
        g[w != 0], -strength * np.sign(w[w != 0]), "the slope of the loss and that of the penalty differ", rtol=1e-4
    )
