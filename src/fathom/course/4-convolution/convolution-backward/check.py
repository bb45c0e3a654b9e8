"""What must hold of the backward pass of a convolution."""

from fathom.learning.trial import Trial, prop


def case(t: Trial, stride: int, pad: int):
    """Pictures, filters and the gradient from above; borders that no patch reaches among them."""
    kh, kw = t.dim(3), t.dim(3)
    rows = max(1, kh - 2 * pad) + t.dim(4, least=0)
    columns = max(1, kw - 2 * pad) + t.dim(3, least=0)
    n, c, f = t.dim(2), t.dim(3), t.dim(3)
    x, weights = t.normal(n, c, rows, columns), t.normal(f, c, kh, kw)
    out = ((rows + 2 * pad - kh) // stride + 1, (columns + 2 * pad - kw) // stride + 1)
    return t.normal(n, f, *out), x, weights


@prop("the gradients of a plain convolution")
def plain(t: Trial) -> None:
    t.same("backward", *case(t, 1, 0), 1, 0)


@prop("with padding")
def padded(t: Trial) -> None:
    pad = 1 + t.dim(1, least=0)
    t.same("backward", *case(t, 1, pad), 1, pad)


@prop("with a stride, and borders that it leaves out")
def strided(t: Trial) -> None:
    stride, pad = 2 + t.dim(1, least=0), t.dim(1, least=0)
    t.same("backward", *case(t, stride, pad), stride, pad)


@prop("all three agree with central differences", trials=3, always=False)
def numeric(t: Trial) -> None:
    stride, pad = t.pick(1, 2), t.pick(0, 1)
    upstream, x, weights = case(t, stride, pad)
    bias = t.normal(len(weights))
    d_x, d_weights, d_bias = t.mine("backward", upstream, x, weights, stride, pad)
    t.gradient(d_x, lambda v: t.right("forward", v, weights, bias, stride, pad), x, upstream, "d_x")
    t.gradient(d_weights, lambda v: t.right("forward", x, v, bias, stride, pad), weights, upstream, "d_weights")
    t.gradient(d_bias, lambda v: t.right("forward", x, weights, v, stride, pad), bias, upstream, "d_bias")
