"""What must hold of a loss with labels missing."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Scores and labels, some unknown; one is known."""
    n, k = t.dim(4), t.dim(4)
    y = t.labels(n * k, 2).reshape(n, k).astype(float)
    hidden = t.rng.random((n, k)) < 0.4
    hidden[int(t.rng.integers(n)), int(t.rng.integers(k))] = False
    y[hidden] = np.nan
    return t.normal(n, k, scale=2), y


@prop("the loss over the known labels")
def masked(t: Trial) -> None:
    t.same("loss", *case(t))


@prop("the gradient")
def slope(t: Trial) -> None:
    s, y = case(t)
    got = t.same("gradient", s, y)
    t.gradient(got, lambda v: t.right("loss", v, y), s, 1.0, "the gradient of the loss")


@prop("what is not known changes nothing")
def unknown(t: Trial) -> None:
    s, y = case(t)
    other = np.where(np.isnan(y), s + 7.0, s)
    t.equal(t.mine("loss", other, y), t.right("loss", s, y), "scores without a label move the loss")


@prop("nothing known: no loss, no gradient")
def nothing(t: Trial) -> None:
    s = t.normal(t.dim(3), t.dim(3))
    t.same("loss", s, np.full(s.shape, np.nan))
    t.same("gradient", s, np.full(s.shape, np.nan))


@prop("large scores")
def large(t: Trial) -> None:
    s, y = case(t)
    t.same("loss", s * 1000, y)
    t.same("gradient", s * 1000, y)


@prop("heads without a label stay as they are, bit for bit")
def idle(t: Trial) -> None:
    _, y = case(t)
    y[:, int(t.rng.integers(y.shape[1]))] = np.nan
    heads, grads = t.normal(y.shape[1], t.dim(3)), t.normal(y.shape[1], 1)
    grads = np.repeat(grads, heads.shape[1], axis=1)
    t.same("step", heads, grads, y, t.uniform(0.1, 0.9), t.uniform(0.1, 0.9))
