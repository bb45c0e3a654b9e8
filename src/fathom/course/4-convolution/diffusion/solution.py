"""Diffusion: noise is added in closed form, a net predicts it, and one step takes some of it away."""

import numpy as np


def kept(betas):
    """Which share of the variance of the start is left after each step: the running product of 1 - beta, (steps,).

    betas: (steps,), the share of the variance that each step replaces by noise.
    """
    return np.cumprod(1 - betas)


def noised(x0, t, noise, betas):
    """The examples after step t[i] each, at once: a mix of the start and of noise.

    x0: (batch, d). t: (batch,), numbers of steps from 0. noise: (batch, d), standard normal. Returns (batch, d).
    """
    share = kept(betas)[t][:, None]
    return np.sqrt(share) * x0 + np.sqrt(1 - share) * noise


def loss(predict, x0, t, noise, betas):
    """The mean squared error of the noise that predict(x, t) finds in the noised examples x of steps t."""
    return ((predict(noised(x0, t, noise, betas), t) - noise) ** 2).mean()


def reverse_mean(x, t, predicted, betas):
    """The mean from which the examples before step t are drawn.

    x: (batch, d), after the step. t: one number from 0. predicted: (batch, d), the noise that is believed to be in x.
    Part of the noise is taken away, and what is left is made larger by 1 / sqrt(1 - beta).
    """
    part = betas[t] / np.sqrt(1 - kept(betas)[t])
    return (x - part * predicted) / np.sqrt(1 - betas[t])


def sample(x, predict, betas, rng):
    """From noise to examples: every step back, from the last to the first.

    x: (batch, d), pure noise. predict(x, t) is called with t as whole numbers (batch,). After each step but the last
    one, that of t = 0, new noise is added: sqrt(beta) times standard normal numbers, rng.normal(size=x.shape).
    """
    for t in reversed(range(len(betas))):
        x = reverse_mean(x, t, predict(x, np.full(len(x), t)), betas)
        if t > 0:
            x = x + np.sqrt(betas[t]) * rng.normal(size=x.shape)
    return x
