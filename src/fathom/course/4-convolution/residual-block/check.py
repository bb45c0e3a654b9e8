"""What must hold of a residual block."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Examples and weights."""
    n, f, h = t.dim(4), t.dim(4, least=2), t.dim(5, least=2)
    return t.normal(n, f), t.normal(f, h), t.normal(h, f)


@prop("the output")
def ahead(t: Trial) -> None:
    t.same("forward", *case(t))


@prop("the gradients")
def back(t: Trial) -> None:
    x, w1, w2 = case(t)
    t.same("backward", t.normal(*x.shape), x, w1, w2)


@prop("with a branch of zeros it is the identity, both ways")
def identity(t: Trial) -> None:
    x, w1, w2 = case(t)
    t.equal(t.mine("forward", x, w1, 0 * w2), x, "the output is x")
    g = t.normal(*x.shape)
    t.equal(t.mine("backward", g, x, w1, 0 * w2)[0], g, "the gradient passes as it is")


@prop("they agree with central differences", trials=4, always=False)
def numeric(t: Trial) -> None:
    x, w1, w2 = case(t)
    if np.abs(x @ w1).min() < 1e-3:  # at the bend
        x, w1 = x + 0.37, w1 + 0.21
    g = t.normal(*x.shape)
    d_x, d_w1, d_w2 = t.mine("backward", g, x, w1, w2)
    if np.abs(x @ w1).min() > 1e-3:
        t.gradient(d_x, lambda v: t.right("forward", v, w1, w2), x, g, "d_x")
        t.gradient(d_w1, lambda v: t.right("forward", x, v, w2), w1, g, "d_w1")
    t.gradient(d_w2, lambda v: t.right("forward", x, w1, v), w2, g, "d_w2")
