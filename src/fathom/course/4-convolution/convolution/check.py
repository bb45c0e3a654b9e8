"""What must hold of a convolution."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial, width: int):
    """A picture, filters and biases."""
    kh, kw = t.dim(3), t.dim(4)
    c, f = t.dim(3), t.dim(3)
    rows, columns = max(1, kh - 2 * width) + t.dim(4, least=0), max(1, kw - 2 * width) + t.dim(3, least=0)
    return t.normal(c, rows, columns), t.normal(f, c, kh, kw), t.normal(f)


@prop("zeros all around")
def padded(t: Trial) -> None:
    t.same("pad", t.normal(t.dim(3), t.dim(3), t.dim(4)), t.dim(3, least=0))


@prop("a plain convolution")
def plain(t: Trial) -> None:
    t.same("convolve", *case(t, 0), 1, 0)


@prop("with padding and stride")
def strided(t: Trial) -> None:
    width, stride = t.dim(2, least=0), t.dim(3)
    t.same("convolve", *case(t, width), stride, width)


@prop("a filter with a single 1 cuts out a part of the picture", trials=6, always=False)
def single(t: Trial) -> None:
    x, weights, bias = case(t, 0)
    _, channels, kh, kw = weights.shape
    rows, columns = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    c, u, v = (int(t.rng.integers(n)) for n in (channels, kh, kw))
    weights[:] = 0
    weights[:, c, u, v] = 1
    part = x[c, u : u + rows, v : v + columns]  # (rows', columns')
    found = t.mine("convolve", x, weights, bias, 1, 0)
    t.equal(found, part + bias[:, None, None], f"a 1 at row {u}, column {v} of channel {c} must show what lies there")


@prop("what is shifted before is shifted after")
def shifted(t: Trial) -> None:
    x, weights = np.zeros((1, 9, 9)), t.normal(2, 1, 3, 3)
    x[0, 3:5, 3:5] = t.normal(2, 2)
    moved = np.roll(x, (1, 2), axis=(1, 2))
    before = t.mine("convolve", x, weights, np.zeros(2), 1, 1)
    t.equal(t.mine("convolve", moved, weights, np.zeros(2), 1, 1), np.roll(before, (1, 2), axis=(1, 2)), "it is not")
