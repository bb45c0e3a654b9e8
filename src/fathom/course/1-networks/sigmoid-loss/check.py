"""What must hold of the sigmoid and its loss."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("the sigmoid")
def squeezed(t: Trial) -> None:
    s = t.normal(t.dim(5), scale=3)
    p = t.same("sigmoid", s)
    t.equal(np.asarray(p) + t.mine("sigmoid", -s), np.ones(len(s)), "σ(s) + σ(−s) is 1")


@prop("the sigmoid of large scores, without a warning or nan")
def far(t: Trial) -> None:
    t.same("sigmoid", np.array([t.pick(-1000.0, 1000.0), t.normal(1)[0], 800.0, -800.0]))


@prop("the sigmoid of arrays of any shape")
def shaped(t: Trial) -> None:
    t.same("sigmoid", t.normal(t.dim(3), t.dim(3)))


@prop("the loss is the mean surprise")
def surprise(t: Trial) -> None:
    n = t.dim(6)
    t.same("loss", t.normal(n, scale=3), t.labels(n, 2).astype(float))


@prop("being surely wrong costs the score, and no more")
def wrong(t: Trial) -> None:
    s = np.array([-1000.0, 1000.0, -40.0, t.normal(1)[0]])
    t.same("loss", s, np.array([1.0, 0.0, 1.0, t.pick(0.0, 1.0)]))
