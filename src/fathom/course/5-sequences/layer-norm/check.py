"""What must hold of layer norm and RMS norm."""

import numpy as np

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """Tokens, scale, shift, and what is added to the variance."""
    f = t.dim(5, least=2)
    x = t.normal(t.dim(3), t.dim(3), f) + t.normal(f, scale=2)
    return x, t.normal(f), t.normal(f), t.uniform(0.01, 0.5)


@prop("layer norm")
def layer(t: Trial) -> None:
    t.same("layer_forward", *case(t))


@prop("RMS norm")
def rms(t: Trial) -> None:
    x, gamma, _, eps = case(t)
    t.same("rms_forward", x, gamma, eps)


@prop("one token does not change another")
def alone(t: Trial) -> None:
    x, gamma, beta, eps = case(t)
    x = np.concatenate([x, x + 1])
    layered, scaled = t.mine("layer_forward", x, gamma, beta, eps), t.mine("rms_forward", x, gamma, eps)
    one = x[-1:, -1:]
    t.equal(np.asarray(scaled)[-1:, -1:], t.right("rms_forward", one, gamma, eps), "the other tokens count (RMS norm)")
    t.mine("layer_forward", x, gamma, beta, eps)
    t.equal(np.asarray(layered)[-1:, -1:], t.right("layer_forward", one, gamma, beta, eps), "the other tokens count")


@prop("the gradients of layer norm")
def layer_back(t: Trial) -> None:
    x, gamma, _, eps = case(t)
    t.same("layer_backward", t.normal(*x.shape), x, gamma, eps)


@prop("the gradients of RMS norm")
def rms_back(t: Trial) -> None:
    x, gamma, _, eps = case(t)
    t.same("rms_backward", t.normal(*x.shape), x, gamma, eps)


@prop("they agree with central differences", trials=3)
def numeric(t: Trial) -> None:
    x, gamma, beta, eps = case(t)
    g = t.normal(*x.shape)
    d_x, d_gamma, d_beta = t.mine("layer_backward", g, x, gamma, eps)
    t.gradient(d_x, lambda v: t.right("layer_forward", v, gamma, beta, eps), x, g, "d_x of layer norm")
    t.gradient(d_gamma, lambda v: t.right("layer_forward", x, v, beta, eps), gamma, g, "d_gamma of layer norm")
    t.gradient(d_beta, lambda v: t.right("layer_forward", x, gamma, v, eps), beta, g, "d_beta")
    d_x, d_gamma = t.mine("rms_backward", g, x, gamma, eps)
    t.gradient(d_x, lambda v: t.right("rms_forward", v, gamma, eps), x, g, "d_x of RMS norm")
    t.gradient(d_gamma, lambda v: t.right("rms_forward", x, v, eps), gamma, g, "d_gamma of RMS norm")
