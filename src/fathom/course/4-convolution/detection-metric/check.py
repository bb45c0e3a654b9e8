"""What must hold of the metric of a detector."""

import numpy as np

from fathom.learning.trial import Trial, prop


def ranking(t: Trial, most: int):
    """Right and wrong boxes, at least one of them, and how many true ones there are."""
    right = [bool(x) for x in t.rng.random(t.dim(most)) < 0.6]
    return right, max(1, sum(right) + t.dim(3, least=0))


@prop("each box that was found takes a true one")
def matched(t: Trial) -> None:
    t.same("match", t.uniform(0, 1, t.dim(6), t.dim(4)), t.pick(0.5, 0.75, 0.3))


@prop("a true box is found once")
def once(t: Trial) -> None:
    n = t.dim(4, least=2)
    got = t.same("match", t.uniform(0.6, 0.9, n, 1), 0.5)
    t.true(sum(map(bool, got)) == 1, "there is one true box: only one of those that were found can be right")


@prop("whose best one is taken takes the next", trials=4)
def next_best(t: Trial) -> None:
    a, b = t.uniform(0.8, 0.9), t.uniform(0.6, 0.7)
    t.same("match", np.array([[a, 0.1], [a - 0.1, b], [0.2, 0.3]]), 0.5)
    t.same("match", np.array([[b, a], [0.55, b], [b, b]]), 0.5)
    t.same("match", np.array([[b, a], [a, 0.1]]), 0.5)


@prop("a box that is wrong takes nothing", trials=4)
def takes_nothing(t: Trial) -> None:
    t.same("match", np.array([[t.uniform(0.3, 0.45)], [t.uniform(0.6, 0.9)]]), 0.5)


@prop("at the threshold a box is right", trials=2)
def exact(t: Trial) -> None:
    t.same("match", np.array([[0.5, 0.25], [0.75, 0.5], [0.25, 0.25]]), t.pick(0.5, 0.75))


@prop("nothing found, nothing there", trials=4)
def nothing(t: Trial) -> None:
    t.same("match", np.zeros((t.dim(3), 0)), 0.5)
    t.same("match", np.zeros((0, t.dim(3))), 0.5)


@prop("precision and recall after each box")
def both(t: Trial) -> None:
    t.same("precision_recall", *ranking(t, 8))


@prop("the area under the raised curve")
def area(t: Trial) -> None:
    right, truths = ranking(t, 9)
    t.same("average_precision", *t.right("precision_recall", right, truths))


@prop("precision that rises later counts from the start", trials=4)
def raised(t: Trial) -> None:
    n = t.dim(6, least=2)
    right = [False] * n + [True] * n
    found = t.same("average_precision", *t.right("precision_recall", right, n))
    t.equal(found, 0.5, "at the end half of the boxes are right: this is the highest precision everywhere")


@prop("the curve falls in steps", trials=4)
def steps(t: Trial) -> None:
    n = t.dim(4)
    right = [True] * n + [False] * t.dim(4) + [True] + [False]
    t.same("average_precision", *t.right("precision_recall", right, n + 1 + t.dim(3, least=0)))


@prop("all right is 1, all wrong is 0", trials=4, always=False)
def ends(t: Trial) -> None:
    n = t.dim(5)
    for right, expected in (([True] * n, 1.0), ([False] * n, 0.0)):
        got = t.mine("average_precision", *map(np.asarray, t.mine("precision_recall", right, n)))
        t.equal(got, expected, f"with {'all' if expected else 'no'} boxes right it is {expected:.0f}")
