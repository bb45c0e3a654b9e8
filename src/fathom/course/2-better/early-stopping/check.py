"""What must hold of early stopping."""

import numpy as np

from fathom.learning.trial import Code, Trial, prop


def curve(t: Trial) -> list[float]:
    """Errors of some epochs, with ties."""
    return [float(x) for x in t.rng.integers(0, 12, t.dim(12)) / 4]


@prop("when it ends, and which epoch was best", trials=20)
def ends(t: Trial) -> None:
    t.same("stop", curve(t), t.dim(4), t.pick(0.0, 0.25, 0.3))


@prop("small gains do not count", trials=6)
def small(t: Trial) -> None:
    n = t.dim(8, least=3)
    t.same("stop", [1 - 0.125 * i for i in range(n)], t.dim(3), t.pick(0.125, 0.25, 0.3))


@prop("exactly as long as the patience", trials=4)
def patient(t: Trial) -> None:
    p = t.dim(4)
    t.same("stop", [2.0, 1.0, *[1.5] * p, 0.5], p, 0.0)
    t.same("stop", [2.0, 1.0, *[1.5] * (p - 1), 0.5, 0.25], p, 0.0)
    t.same("stop", [1.0, *[1.0] * (p - 1), 0.75], p, 0.0)


@prop("up and down, and large errors", trials=2)
def zigzag(t: Trial) -> None:
    t.same("stop", [3.0, 4.0, 2.0, 4.0, 1.0, 4.0, 0.5, 4.0], t.pick(2, 3), 0.0)
    t.same("stop", [20.0, 19.5, 19.0, 18.5, 18.0], 2, t.pick(0.25, 0.4))
    t.same("stop", [0.5, 0.25, 0.125], 1, t.pick(0.3, 0.28))


def training(t: Trial):
    """Weights that wander over a landscape, and its heights."""
    n = t.dim(9, least=2)
    start = t.normal(2)
    heights = [float(x) for x in t.rng.integers(0, 9, n + 1)]
    step = Code("lambda w: w.__iadd__(1.0)")
    judge = Code(f"lambda w: {heights}[round(float(w[0]) - {float(start[0])!r})]")
    return step, judge, start, n


@prop("the best weights, and all errors", trials=12)
def best(t: Trial) -> None:
    step, judge, start, n = training(t)
    t.same("train", step, judge, start, t.dim(4), n)


@prop("a tie, and exactly as long as the patience", trials=2)
def tie(t: Trial) -> None:
    start = t.normal(2)
    judge = Code(f"lambda w: [9.0, 3.0, 2.0, 2.0, 4.0, 5.0, 1.0, 0.0][round(float(w[0]) - {float(start[0])!r})]")
    for patience in (1, 2, 3):
        t.same("train", Code("lambda w: w.__iadd__(1.0)"), judge, start, patience, 7)


@prop("the best weights do not move on", trials=2, always=False)
def still(t: Trial) -> None:
    start = t.normal(3)
    step, judge = Code("lambda w: w.__iadd__(1.0)"), Code(f"lambda w: abs(float(w[0]) - {float(start[0]) + 2!r})")
    got = t.mine("train", step, judge, start.copy(), 3, 9)
    t.equal(np.asarray(got[0]), start + 2, "they are not those of the best epoch: are they a copy?")


@prop("a running average")
def average(t: Trial) -> None:
    t.same("smoothed", [float(x) for x in t.normal(t.dim(6))], t.uniform(0.1, 0.95))
