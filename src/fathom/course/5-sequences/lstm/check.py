"""What must hold of an LSTM step."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Input, states and weights."""
    n, f, u = t.dim(3), t.dim(3), t.dim(3)
    return t.normal(n, f), t.normal(n, u), t.normal(n, u), t.normal(f, 4 * u), t.normal(u, 4 * u), t.normal(4 * u)


@prop("one step")
def one(t: Trial) -> None:
    t.same("step", *case(t))


@prop("with the forget gate open and the input gate shut the memory stays", always=False)
def kept(t: Trial) -> None:
    x, h, c, wx, wh, b = case(t)
    u = c.shape[1]
    b = np.concatenate([np.full(u, -50.0), np.full(u, 50.0), np.zeros(2 * u)])
    t.equal(t.mine("step", x, h, c, 0 * wx, 0 * wh, b)[1], c, "the memory changes")


@prop("the gradients")
def back(t: Trial) -> None:
    x, h, c, wx, wh, b = case(t)
    t.same("backward", t.normal(*h.shape), t.normal(*c.shape), x, h, c, wx, wh, b)


@prop("they agree with central differences", trials=3, always=False)
def numeric(t: Trial) -> None:
    x, h, c, wx, wh, b = case(t)
    d_h, d_c = t.normal(*h.shape), t.normal(*c.shape)
    d_x, d_h0, d_c0, d_z = t.mine("backward", d_h, d_c, x, h, c, wx, wh, b)

    def both(*args):
        new_h, new_c = t.right("step", *args)
        return np.concatenate([new_h, new_c], axis=1)

    g = np.concatenate([d_h, d_c], axis=1)
    t.gradient(d_x, lambda v: both(v, h, c, wx, wh, b), x, g, "d_x")
    t.gradient(d_h0, lambda v: both(x, v, c, wx, wh, b), h, g, "d_h")
    t.gradient(d_c0, lambda v: both(x, h, v, wx, wh, b), c, g, "d_c")
    t.gradient(
        np.sum(d_z, axis=0),
        lambda v: both(x, h, c, wx, wh, v),
        b,
        g,
        "the sum of d_z over the batch, the gradient of b",
    )
