"""What must hold of pooling."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """A picture, and a window that fits."""
    k = t.dim(3)
    x = t.normal(t.dim(3), k * t.dim(2) + t.dim(k - 1, least=0), k * t.dim(3) + t.dim(k - 1, least=0))
    return x, k


@prop("the largest of each window")
def largest(t: Trial) -> None:
    t.same("max_forward", *case(t))


@prop("also where all is negative")
def negative(t: Trial) -> None:
    x, k = case(t)
    t.same("max_forward", -np.abs(x) - 1, k)


@prop("its gradient")
def routed(t: Trial) -> None:
    x, k = case(t)
    t.same("max_backward", t.normal(x.shape[0], x.shape[1] // k, x.shape[2] // k), x, k)


@prop("of equal numbers only the first receives")
def ties(t: Trial) -> None:
    x, k = case(t)
    x = np.maximum(np.round(x), 0)
    upstream = t.normal(x.shape[0], x.shape[1] // k, x.shape[2] // k)
    d_x = t.same("max_backward", upstream, x, k)
    t.equal(np.sum(d_x), np.sum(upstream), "nothing is lost and nothing is added on the way")


@prop("the gradient of the average")
def shared(t: Trial) -> None:
    x, k = case(t)
    t.same("average_backward", t.normal(x.shape[0], x.shape[1] // k, x.shape[2] // k), x, k)


@prop("it agrees with central differences of your own forward pass", trials=4, always=False)
def numeric(t: Trial) -> None:
    x, k = case(t)
    x = np.argsort(np.argsort(x.ravel())).reshape(x.shape) * 0.1  # no two are near each other
    upstream = t.normal(x.shape[0], x.shape[1] // k, x.shape[2] // k)
    d_x = t.mine("max_backward", upstream, x, k)
    t.gradient(d_x, lambda v: t.mine("max_forward", v, k), x, upstream, "d_x")
