"""What must hold of three kinds of convolution."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("channels are mixed at each pixel")
def mixed(t: Trial) -> None:
    c = t.dim(4)
    t.same("pointwise", t.normal(c, t.dim(3), t.dim(4)), t.normal(t.dim(3), c))


@prop("each channel with its own filter")
def own(t: Trial) -> None:
    c, kh, kw = t.dim(3), t.dim(3), t.dim(4)
    x = t.normal(c, kh + t.dim(3, least=0), kw + t.dim(4, least=0))
    t.same("depthwise", x, t.normal(c, kh, kw))


@prop("no channel reaches another", trials=4)
def apart(t: Trial) -> None:
    x, w = t.normal(3, 4, 5), t.normal(3, 2, 3)
    before = np.array(t.mine("depthwise", x, w), float)
    c = int(t.rng.integers(3))
    x[c] += 1 + t.normal(4, 5) ** 2
    after = np.array(t.mine("depthwise", x, w), float)
    others = [k for k in range(3) if k != c]
    t.equal(after[others], before[others], f"channel {c} was changed, and another channel's output with it")


def small(t: Trial):
    """A picture and filters to enlarge it with."""
    c, f = t.dim(3), t.dim(3)
    return t.normal(c, t.dim(3), t.dim(4)), t.normal(c, f, t.dim(3), t.dim(4))


@prop("each number puts its filter down")
def put(t: Trial) -> None:
    t.same("transposed", *small(t), 1)


@prop("with a stride the places lie further apart")
def strided(t: Trial) -> None:
    t.same("transposed", *small(t), t.dim(4))


@prop("it is the transpose of a convolution", trials=4, always=False)
def transpose(t: Trial) -> None:
    k, n = t.dim(3), t.dim(4)
    x, w, y = t.normal(1, 1, n), t.normal(1, 1, 1, k), t.normal(n + k - 1)
    found = np.asarray(t.mine("transposed", x, w, 1), float).ravel()
    t.equal(found @ y, x.ravel() @ np.correlate(y, w.ravel()), "⟨transposed x, y⟩ and ⟨x, convolution of y⟩ differ")
