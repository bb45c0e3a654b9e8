"""What must hold of calibration."""

import numpy as np

from fathom.learning.trial import Trial, prop


def logits(t: Trial, scale: float = 2.0, least: int = 1):
    """Logits and labels that agree with them often."""
    n, classes = t.dim(9, least=least), t.dim(4, least=2)
    z = t.normal(n, classes, scale=scale)
    guess = z.argmax(axis=1)
    return z, np.where(t.rng.random(n) < 0.6, guess, t.labels(n, classes))


@prop("the softmax at a temperature")
def soft(t: Trial) -> None:
    t.same("probabilities", logits(t)[0], t.uniform(0.3, 4))


@prop("logits of any size", trials=3)
def large(t: Trial) -> None:
    t.same("probabilities", 1e5 * logits(t)[0], t.uniform(0.3, 4))


@prop("the error of each bin, by its examples")
def error(t: Trial) -> None:
    z, labels = logits(t)
    t.same("calibration_error", t.right("probabilities", z, 1.0), labels, t.pick(1, 10, 5, 3))


@prop("many examples, few bins", trials=4)
def many(t: Trial) -> None:
    z, labels = t.normal(60, 3), t.labels(60, 3)
    t.same("calibration_error", t.right("probabilities", z, 0.5), labels, t.pick(4, 10))


@prop("at the edges of the bins", trials=2)
def edges(t: Trial) -> None:
    p = np.array([[0.5, 0.5], [1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]])
    t.same("calibration_error", p, np.array([1, 1, 0, 1, 0]), t.pick(4, 2))


def reachable(t: Trial):
    """Logits and labels of which the best temperature lies well inside."""
    z = t.normal(40, 3, scale=t.uniform(1, 3))
    p = t.right("probabilities", z, t.uniform(0.7, 3))
    return z, (p.cumsum(axis=1) > t.rng.random((40, 1))).argmax(axis=1)


@prop("the best temperature", trials=6)
def best(t: Trial) -> None:
    t.same("fit", *reachable(t), 0.05, 20.0, rtol=1e-5)


@prop("the best may be an end", trials=4)
def ends(t: Trial) -> None:
    z = t.normal(6, 3)
    t.same("fit", z, z.argmax(axis=1), 0.5, 4.0, rtol=1e-5)
    t.same("fit", z, z.argmin(axis=1), 0.5, 4.0, rtol=1e-5)
