"""What must hold of a GRU step."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Input, state and weights."""
    n, f, u = t.dim(3), t.dim(3), t.dim(3)
    return t.normal(n, f), t.normal(n, u), t.normal(f, 3 * u), t.normal(u, 3 * u), t.normal(3 * u)


@prop("one step")
def one(t: Trial) -> None:
    t.same("step", *case(t))


@prop("with an update gate of 1 the state stays", always=False)
def kept(t: Trial) -> None:
    x, h, wx, wh, b = case(t)
    u = h.shape[1]
    b[u : 2 * u] = 60.0
    t.equal(t.mine("step", x, h, 0 * wx, 0 * wh, b), h, "the state changes")


@prop("with a reset gate of 0 the candidate is made of the input alone")
def reset(t: Trial) -> None:
    x, h, wx, wh, b = case(t)
    u = h.shape[1]
    b[:u] = -60.0
    t.same("step", x, h, wx, wh, b, says="the state still counts in the candidate")


@prop("the gradients")
def back(t: Trial) -> None:
    x, h, wx, wh, b = case(t)
    t.same("backward", t.normal(*h.shape), x, h, wx, wh, b)


@prop("they agree with central differences", trials=3)
def numeric(t: Trial) -> None:
    x, h, wx, wh, b = case(t)
    g = t.normal(*h.shape)
    d_x, d_h, d_wx, d_wh, d_b = t.mine("backward", g, x, h, wx, wh, b)
    t.gradient(d_x, lambda v: t.right("step", v, h, wx, wh, b), x, g, "d_x")
    t.gradient(d_h, lambda v: t.right("step", x, v, wx, wh, b), h, g, "d_h")
    t.gradient(d_wx, lambda v: t.right("step", x, h, v, wh, b), wx, g, "d_wx")
    t.gradient(d_wh, lambda v: t.right("step", x, h, wx, v, b), wh, g, "d_wh")
    t.gradient(d_b, lambda v: t.right("step", x, h, wx, wh, v), b, g, "d_b")
