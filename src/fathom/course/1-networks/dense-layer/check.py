"""What must hold of a dense layer."""

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Inputs, weights, biases, and the gradient from above; all sizes differ."""
    n, i, o = t.dim(4), t.dim(5), t.dim(4)
    return t.normal(n, o), t.normal(n, i), t.normal(i, o), t.normal(o)


@prop("the outputs")
def ahead(t: Trial) -> None:
    t.same("forward", *case(t)[1:])


@prop("the gradients")
def back(t: Trial) -> None:
    t.same("backward", *case(t))


@prop("the gradients agree with central differences of your own forward pass", trials=4)
def numeric(t: Trial) -> None:
    upstream, x, w, b = case(t)
    d_x, d_w, d_b = t.mine("backward", upstream, x, w, b)
    t.gradient(d_x, lambda v: t.mine("forward", v, w, b), x, upstream, "d_x")
    t.gradient(d_w, lambda v: t.mine("forward", x, v, b), w, upstream, "d_w")
    t.gradient(d_b, lambda v: t.mine("forward", x, w, v), b, upstream, "d_b")
