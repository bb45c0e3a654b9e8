"""What must hold of the triplet loss."""

import numpy as np

from fathom.learning.trial import Trial, prop


def batch(t: Trial, least: int = 3):
    """Embeddings and labels."""
    n = t.dim(8, least=least)
    return t.normal(n, t.dim(3)), t.labels(n, t.dim(3, least=2))


@prop("squared distances of each to each")
def squared(t: Trial) -> None:
    d = t.dim(4)
    t.same("distances", t.normal(t.dim(4), d), t.normal(t.dim(5), d))


@prop("the hardest of each anchor")
def chosen(t: Trial) -> None:
    t.same("hardest", *batch(t))


@prop("who has no partner, or nobody else, is no anchor", trials=4)
def lonely(t: Trial) -> None:
    e = t.normal(4, 2)
    t.same("hardest", e, np.array([0, 1, 1, 2]))
    t.same("hardest", e, np.array([1, 1, 1, 1]))
    t.same("hardest", e, np.array([3, 1, 2, 0]))


@prop("the loss")
def value(t: Trial) -> None:
    t.same("loss", *batch(t), t.uniform(0.1, 4))


@prop("if all are alike the loss is the margin", trials=2, always=False)
def collapsed(t: Trial) -> None:
    margin = t.uniform(0.2, 2)
    t.equal(t.mine("loss", np.ones((4, 2)), np.array([0, 0, 1, 1]), margin), margin, "collapse costs the margin")


@prop("the gradient")
def slope(t: Trial) -> None:
    t.same("gradient", *batch(t, least=4), t.uniform(0.5, 6))


@prop("without a triplet the loss is 0, and so is the gradient", trials=2)
def none(t: Trial) -> None:
    e = t.normal(3, 2)
    t.same("loss", e, np.array([1, 1, 1]), 1.0)
    t.same("gradient", e, np.array([0, 1, 2]), 1.0)


@prop("some triplets are far enough apart", trials=6)
def mixed(t: Trial) -> None:
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    e = t.normal(8, 2) + 1.2 * labels[:, None]
    for margin in (0.0, 0.3, 2.0, 9.0):
        t.same("loss", e, labels, margin)
        t.same("gradient", e, labels, margin)


@prop("against central differences", trials=4, always=False)
def numeric(t: Trial) -> None:
    e, labels = t.normal(5, 2), np.array([0, 0, 1, 1, 0])
    margin = t.uniform(3, 8)
    got = t.mine("gradient", e, labels, margin)
    t.gradient(got, lambda x: t.right("loss", x, labels, margin), e, 1.0, "the gradient of the loss")


@prop("the nearest, if it is near enough")
def who(t: Trial) -> None:
    d, m = t.dim(3), t.dim(5)
    names = ["Ada", "Bo", "Cy", "Di", "Ed"][:m]
    t.same("recognize", t.normal(t.dim(4), d), t.normal(m, d), names, t.uniform(0.3, 4))


@prop("at the limit it is recognized", trials=2)
def limit(t: Trial) -> None:
    t.same("recognize", np.array([[0.0], [5.0]]), np.array([[2.0], [8.0]]), ["Ada", "Bo"], 4.0)
