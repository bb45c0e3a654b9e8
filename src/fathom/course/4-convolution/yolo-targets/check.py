"""What must hold of targets on a grid with anchors."""

import numpy as np

from fathom.learning.trial import Trial, prop


def scene(t: Trial, most: int):
    """Boxes in a picture, their classes, anchors, and the sizes."""
    cells, m, classes, n = t.dim(5, least=2), t.dim(4), t.dim(4), t.dim(most)
    size = cells * float(t.pick(10, 16, 32))
    corner = t.rng.integers(0, size * 0.7, (n, 2)).astype(float)
    far = np.minimum(corner + t.rng.integers(1, int(size * 0.7), (n, 2)), size)
    far += far == corner  # no side is 0
    anchors = t.rng.permutation(40)[: 2 * m].reshape(m, 2) * size / 60 + 3
    return np.concatenate([corner, far], axis=1), t.labels(n, classes), anchors, size, cells, classes


@prop("the anchor that overlaps most on the same centre")
def anchor(t: Trial) -> None:
    m = t.dim(6, least=2)
    t.same("best_anchor", t.rng.integers(1, 40, 2) + 0.5, t.rng.permutation(60)[: 2 * m].reshape(m, 2) + 1.0)


@prop("not the nearest sides, not the nearest area", trials=4)
def shapes(t: Trial) -> None:
    k = float(t.pick(1, 3, 10))
    got = t.same("best_anchor", np.array([20.0, 20]) * k, np.array([[40.0, 10], [16, 14], [28, 30]]) * k)
    t.true(got == 1, "the first has the same area, the third nearer sides by ratio; the second overlaps most")
    t.same("best_anchor", np.array([10.0, 10]) * k, np.array([[1.0, 10], [4, 4], [30, 40]]) * k)


@prop("one box")
def one(t: Trial) -> None:
    t.same("targets", *scene(t, 1))


@prop("several boxes")
def several(t: Trial) -> None:
    t.same("targets", *scene(t, 8))


@prop("of two boxes in one cell with one anchor the later counts", trials=4)
def later(t: Trial) -> None:
    size, cells = 100.0, t.dim(4, least=2)
    a = np.array([[1.0, 1, 21, 31], [2, 3, 22, 33], [60, 70, 80, 98]])
    t.same("targets", a, np.array([0, 1, 1]), np.array([[20.0, 30], [5, 5]]), size, cells, 2)


@prop("back to boxes")
def back(t: Trial) -> None:
    cells, m, classes = t.dim(4), t.dim(3), t.dim(4)
    predicted = np.concatenate(
        [t.uniform(0, 1, cells, cells, m, 3), t.normal(cells, cells, m, 2), t.uniform(0, 1, cells, cells, m, classes)],
        axis=3,
    )
    predicted[0, 0, 0, 0] = 0.9
    t.same("decode", predicted, t.uniform(5, 60, m, 2), cells * float(t.pick(10, 32)))


@prop("there and back", always=False)
def round_trip(t: Trial) -> None:
    boxes, labels, anchors, size, cells, classes = scene(t, 1)
    made = t.mine("targets", boxes, labels, anchors, size, cells, classes)
    found = t.mine("decode", np.asarray(made, float), anchors, size)
    t.equal(found, np.column_stack([boxes, labels]), "the targets of a box do not decode to the box")


@prop("exactly 0.5 is not above", trials=2)
def half(t: Trial) -> None:
    predicted = np.zeros((2, 2, 1, 6))
    predicted[..., 0] = [[[0.5], [0.51]], [[0.49], [1.0]]]
    t.same("decode", predicted, np.array([[8.0, 12.0]]), 40.0)
