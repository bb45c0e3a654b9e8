"""What must hold of softmax and cross-entropy."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("softmax gives each class its probability")
def probabilities(t: Trial) -> None:
    scores = t.normal(t.dim(4), t.dim(5, least=2), scale=2)  # of one class all sums would be alike
    p = t.same("softmax", scores)
    t.equal(np.sum(p, axis=1), [1.0] * len(scores), "each row of probabilities sums to 1")


@prop("softmax does not change when all scores of a row grow by the same number")
def shifted(t: Trial) -> None:
    scores = t.normal(t.dim(4), t.dim(5))
    t.equal(t.mine("softmax", scores + t.pick(10.0, 1000.0, -1000.0)), t.right("softmax", scores), "a shift changes it")


@prop("the loss is the mean surprise of the right classes")
def loss(t: Trial) -> None:
    n, k = t.dim(5), t.dim(5)
    t.same("cross_entropy", t.normal(n, k, scale=2), t.labels(n, k))


@prop("scores that are large give finite, right values")
def large(t: Trial) -> None:
    n, k = t.dim(4), t.dim(4, least=2)
    scores = t.normal(n, k) + 2000 * t.labels(k, 2)
    t.same("softmax", scores)
    t.same("cross_entropy", scores, t.labels(n, k))


@prop("the gradient is that of the loss")
def slope(t: Trial) -> None:
    n, k = t.dim(4), t.dim(5)
    scores, labels = t.normal(n, k), t.labels(n, k)
    got = t.same("gradient", scores, labels)
    t.gradient(got, lambda s: t.right("cross_entropy", s, labels), scores, 1.0, "the gradient of the loss")


@prop("each row has a maximum of its own, however far the rows lie apart")
def apart(t: Trial) -> None:
    n, k = t.dim(4, least=2), t.dim(4, least=2)
    scores = t.normal(n, k) + 2000.0 * t.rng.permutation(n)[:, np.newaxis]  # one maximum for all leaves 0 / 0
    labels = t.labels(n, k)
    t.same("softmax", scores)
    t.same("cross_entropy", scores, labels)
    t.same("gradient", scores, labels)
