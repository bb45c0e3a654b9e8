"""What must hold of batch normalization."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """A batch, scales, shifts and a small number that is not too small to be seen."""
    n, f = t.dim(5, least=2), t.dim(4)
    return t.normal(n, f, scale=2) + t.normal(f), t.normal(f), t.normal(f), t.uniform(0.01, 0.5)


@prop("the output, and the figures of the batch")
def ahead(t: Trial) -> None:
    t.same("forward", *case(t))


@prop("a shift of the whole batch changes nothing")
def shifted(t: Trial) -> None:
    x, gamma, beta, eps = case(t)
    t.equal(t.mine("forward", x + 100.0, gamma, beta, eps)[0], t.right("forward", x, gamma, beta, eps)[0], "it changes")


@prop("the gradients")
def gradients(t: Trial) -> None:
    x, gamma, _, eps = case(t)
    t.same("backward", t.normal(*x.shape), x, gamma, eps)


@prop("the gradients agree with central differences", trials=4)
def numeric(t: Trial) -> None:
    x, gamma, beta, eps = case(t)
    upstream = t.normal(*x.shape)
    d_x, d_gamma, d_beta = t.mine("backward", upstream, x, gamma, eps)
    t.gradient(d_x, lambda v: t.right("forward", v, gamma, beta, eps)[0], x, upstream, "d_x")
    t.gradient(d_gamma, lambda v: t.right("forward", x, v, beta, eps)[0], gamma, upstream, "d_gamma")
    t.gradient(d_beta, lambda v: t.right("forward", x, gamma, v, eps)[0], beta, upstream, "d_beta")


@prop("in use the kept averages count, also for a single example")
def used(t: Trial) -> None:
    f = t.dim(4)
    x, gamma, beta, mean = t.normal(t.dim(3), f), t.normal(f), t.normal(f), t.normal(f)
    t.same("use", x, gamma, beta, mean, 0.5 + np.abs(t.normal(f)), t.uniform(0.01, 0.5))
