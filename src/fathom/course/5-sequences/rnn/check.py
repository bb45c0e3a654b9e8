"""What must hold of a recurrent net."""

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Inputs, a first state and weights."""
    time, n, f, u = t.dim(4), t.dim(3), t.dim(3), t.dim(4)
    return t.normal(time, n, f), t.normal(n, u, scale=0.5), t.normal(f, u), t.normal(u, u, scale=0.7), t.normal(u)


@prop("one step")
def one(t: Trial) -> None:
    xs, h0, wx, wh, b = case(t)
    t.same("step", xs[0], h0, wx, wh, b)


@prop("the gradients through time")
def through(t: Trial) -> None:
    xs, h0, wx, wh, b = case(t)
    states = t.right("forward", xs, h0, wx, wh, b)
    t.same("backward", t.normal(*states.shape), xs, h0, states, wx, wh)


@prop("they agree with central differences", trials=3, always=False)
def numeric(t: Trial) -> None:
    xs, h0, wx, wh, b = case(t)
    states = t.right("forward", xs, h0, wx, wh, b)
    g = t.normal(*states.shape)
    d_wx, d_wh, d_b, d_h0 = t.mine("backward", g, xs, h0, states, wx, wh)
    t.gradient(d_wx, lambda v: t.right("forward", xs, h0, v, wh, b), wx, g, "d_wx")
    t.gradient(d_wh, lambda v: t.right("forward", xs, h0, wx, v, b), wh, g, "d_wh")
    t.gradient(d_b, lambda v: t.right("forward", xs, h0, wx, wh, v), b, g, "d_b")
    t.gradient(d_h0, lambda v: t.right("forward", xs, v, wx, wh, b), h0, g, "d_h0")
