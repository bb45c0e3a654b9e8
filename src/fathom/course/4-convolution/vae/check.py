"""What must hold of a variational autoencoder."""

import numpy as np

from fathom.learning.trial import Trial, prop


def latent(t: Trial):
    """Means and logarithms of variances."""
    n, d = t.dim(4), t.dim(4)
    return t.normal(n, d), t.normal(n, d)


@prop("a draw made of noise")
def drawn(t: Trial) -> None:
    mean, log_var = latent(t)
    t.same("draw", mean, log_var, t.normal(*mean.shape))


@prop("the divergence of each example")
def apart(t: Trial) -> None:
    t.same("divergence", *latent(t))


@prop("from the standard normal distribution to itself it is 0", trials=2)
def standard(t: Trial) -> None:
    n, d = t.dim(3), t.dim(3)
    t.equal(t.mine("divergence", np.zeros((n, d)), np.zeros((n, d))), np.zeros(n), "it should be 0")


def case(t: Trial, scale: float = 1.0):
    """Pictures, the decoder's logits, and the latent distribution."""
    mean, log_var = latent(t)
    pixels = t.dim(5)
    x = np.clip(t.uniform(-0.3, 1.3, len(mean), pixels), 0, 1)
    return x, t.normal(len(mean), pixels, scale=scale), mean, log_var, t.uniform(0.1, 3)


@prop("the loss")
def cost(t: Trial) -> None:
    t.same("loss", *case(t))


@prop("with logits of any size", trials=4)
def sure(t: Trial) -> None:
    t.same("loss", *case(t, 2000))


@prop("the gradients")
def slopes(t: Trial) -> None:
    mean, log_var = latent(t)
    t.same("gradients", t.normal(*mean.shape), mean, log_var, t.normal(*mean.shape), t.uniform(0.1, 3))


@prop("against central differences", trials=3, always=False)
def numeric(t: Trial) -> None:
    x, _, mean, log_var, weight = case(t)
    noise, decoder = t.normal(*mean.shape), t.normal(mean.shape[1], x.shape[1])

    def whole(mean: np.ndarray, log_var: np.ndarray) -> float:
        return t.right("loss", x, t.right("draw", mean, log_var, noise) @ decoder, mean, log_var, weight)

    z = t.right("draw", mean, log_var, noise) @ decoder
    upstream = ((1 / (1 + np.exp(-z)) - x) / len(x)) @ decoder.T
    d_mean, d_log_var = t.mine("gradients", upstream, mean, log_var, noise, weight)
    t.gradient(d_mean, lambda m: whole(m, log_var), mean, 1.0, "the gradient with respect to mean")
    t.gradient(d_log_var, lambda v: whole(mean, v), log_var, 1.0, "the gradient with respect to log_var")
