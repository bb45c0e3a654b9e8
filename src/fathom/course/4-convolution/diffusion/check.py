"""What must hold of diffusion."""

import numpy as np

from fathom.learning.trial import Code, Trial, prop


def schedule(t: Trial, least: int = 1):
    """The share that each step replaces."""
    return t.uniform(0.05, 0.7, t.dim(6, least=least))


@prop("what is left of the start")
def left(t: Trial) -> None:
    t.same("kept", schedule(t))


@prop("each example at its own step")
def mixed(t: Trial) -> None:
    betas, n = schedule(t, 2), t.dim(4)
    x = t.normal(n, t.dim(3))
    t.same("noised", x, t.labels(n, len(betas)), t.normal(*x.shape), betas)


@prop("what has variance 1 keeps it", trials=2, always=False)
def variance(t: Trial) -> None:
    betas, n = schedule(t, 3), 20_000
    got = np.asarray(t.mine("noised", t.normal(n, 1), np.full(n, len(betas) - 1), t.normal(n, 1), betas))
    t.true(abs(got.var() - 1) < 0.08 or t.plain, f"the variance is {got.var():.2f}")


@prop("the loss of a net")
def cost(t: Trial) -> None:
    betas, n = schedule(t, 2), t.dim(4)
    x = t.normal(n, t.dim(3))
    predict = Code(f"lambda x, t: {t.uniform(0.2, 2):.2f} * x + {t.uniform(0.2, 2):.2f} * t[:, None]")
    t.same("loss", predict, x, t.labels(n, len(betas)), t.normal(*x.shape), betas)


@prop("the mean of a step back")
def back(t: Trial) -> None:
    betas = schedule(t, 2)
    x = t.normal(t.dim(3), t.dim(3))
    t.same("reverse_mean", x, int(t.rng.integers(len(betas))), t.normal(*x.shape), betas)


@prop("the first step is taken back wholly", trials=4, always=False)
def first(t: Trial) -> None:
    betas, x0 = schedule(t), t.normal(3, 2)
    noise = t.normal(3, 2)
    x = t.right("noised", x0, np.zeros(3, int), noise, betas)
    t.equal(t.mine("reverse_mean", x, 0, noise, betas), x0, "with the true noise, step 0 leads back to the start")


@prop("all steps back")
def whole(t: Trial) -> None:
    predict = Code(f"lambda x, t: {t.uniform(0.1, 0.9):.2f} * x - {t.uniform(0.1, 0.9):.2f} * t[:, None]")
    t.same("sample", t.normal(t.dim(3), t.dim(3)), predict, schedule(t), t.seed())
