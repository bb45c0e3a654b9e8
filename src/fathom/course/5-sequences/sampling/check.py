"""What must hold of the probabilities that are drawn from."""

import numpy as np

from fathom.learning.trial import Trial, prop


def probabilities(t: Trial, least: int = 1):
    """Some that sum to 1, never two nearly alike unless they are equal."""
    n = t.dim(7, least=least)
    parts = t.rng.choice(np.arange(1, 40), n, replace=False).astype(float)
    return parts / parts.sum()


def share_of(t: Trial, p) -> float:
    """A share that is reached by some of them, and by none exactly."""
    sums = np.concatenate([[0.0], np.cumsum(np.sort(p)[::-1])])
    at = int(t.rng.integers(len(p)))
    return float(sums[at] + t.rng.uniform(0.2, 0.8) * (sums[at + 1] - sums[at]))


@prop("the softmax at a temperature")
def warm(t: Trial) -> None:
    t.same("tempered", t.normal(t.dim(6), scale=2), t.uniform(0.3, 4.0))


@prop("at temperature 0 the first of the largest has all")
def cold(t: Trial) -> None:
    z = t.rng.integers(0, 3, t.dim(6)).astype(float)
    t.same("tempered", z, t.pick(0.0, 0))


@prop("logits of any size")
def large(t: Trial) -> None:
    z = t.normal(t.dim(5), scale=2000)
    t.same("tempered", z, t.uniform(0.5, 2.0))


@prop("the k largest are kept")
def some(t: Trial) -> None:
    p = probabilities(t)
    t.same("top_k", p, 1 + int(t.rng.integers(len(p))))
    t.same("top_k", p, t.pick(0, len(p), len(p) + 3))


@prop("of equal ones the first is kept")
def equal(t: Trial) -> None:
    parts = t.rng.integers(1, 3, t.dim(6, least=2)).astype(float)
    p = parts / parts.sum()
    t.same("top_k", p, 1 + int(t.rng.integers(len(p))))
    n = 2 + t.dim(4)
    t.same("top_k", np.ones(n) / n, 1 + int(t.rng.integers(n - 1)))


@prop("the fewest that reach the share are kept", trials=14)
def enough(t: Trial) -> None:
    p = probabilities(t)
    t.same("top_p", p, share_of(t, p))
    t.same("top_p", p, t.pick(1.0, 1, 1.5))


@prop("a share that is reached exactly is enough", trials=6)
def exact(t: Trial) -> None:
    p = np.array([0.5, 0.25, 0.125, 0.125])[t.rng.permutation(4)]  # sums without rounding
    t.same("top_p", p, t.pick(0.5, 0.75, 0.875))


@prop("a small share keeps one", trials=4)
def one(t: Trial) -> None:
    p = probabilities(t, least=2)
    t.same("top_p", p, t.uniform(1e-6, 0.01))


@prop("top-p looks at what top-k has left", trials=6)
def behind(t: Trial) -> None:
    p = np.array([0.4, 0.3, 0.2, 0.1]) + 0.02 * (t.uniform(0.0, 1.0, 4) - 0.5)
    # two are left, of about 57 % and 43 %: one of them is enough, and of all four two would be needed
    t.same("distribution", np.log(p)[t.rng.permutation(4)], 1.0, 2, t.uniform(0.45, 0.53))


@prop("all three, in their order", trials=20)
def together(t: Trial) -> None:
    z = t.normal(t.dim(8, least=3), scale=1.5)
    temperature, k = t.uniform(0.4, 3.0), t.pick(0, 2, 3, 4)
    p = t.right("top_k", t.right("tempered", z, temperature), k)
    share = share_of(t, p)
    if not 0 < share < 1 or np.isclose(np.cumsum(np.sort(p)[::-1]), share, atol=1e-6).any():
        share = 0.9
    t.same("distribution", z, temperature, k, share)
