"""What must hold of boxes."""

import numpy as np

from fathom.learning.trial import Trial, prop


def boxes(t: Trial, n: int):
    """Boxes, some of which overlap much."""
    corner = t.rng.integers(0, 5, (n, 2)).astype(float)
    return np.concatenate([corner, corner + t.rng.integers(1, 6, (n, 2))], axis=1)


@prop("the overlap of each with each")
def overlap(t: Trial) -> None:
    t.same("iou", boxes(t, t.dim(4)), boxes(t, t.dim(5)))


@prop("boxes apart, touching, within each other")
def cases(t: Trial) -> None:
    a = np.array([[0.0, 0, 2, 4]])
    b = np.array([[5.0, 5, 6, 7], [2, 0, 3, 1], [0.5, 1, 1, 2], [0, 0, 2, 4], [-3, -5, -1, -2], [1, 9, 2, 10]]) + 0.0
    t.same("iou", a + t.dim(3), b[: t.dim(5, least=2) + 1] + t.dim(2))
    t.same("iou", a, b)


@prop("neither order nor size matters")
def same(t: Trial) -> None:
    a, b = boxes(t, t.dim(3)), boxes(t, t.dim(3))
    t.equal(t.mine("iou", b, a), t.right("iou", a, b).T, "IoU of (b, a) and of (a, b) differ")
    t.equal(t.mine("iou", 7 * a, 7 * b), t.right("iou", a, b), "boxes seven times as large overlap otherwise")


@prop("which boxes stay")
def stay(t: Trial) -> None:
    n = t.dim(9)
    t.same("keep", boxes(t, n), t.rng.permutation(n) / n, t.pick(0.3, 0.5, 0.1))


@prop("a dropped box drops no other")
def chain(t: Trial) -> None:
    row = np.array([[0.0, 0, 4, 1], [1, 0, 5, 1], [2, 0, 6, 1], [3, 0, 7, 1]])
    got = t.same("keep", row, np.array([0.9, 0.8, 0.7, 0.6]), t.pick(0.5, 0.4))
    t.true(len(got) == 2, "each overlaps its neighbour by 0.6: the first and the third stay")
    apart = np.array([[0.0, 0, 4, 4], [20, 0, 24, 4], [0, 0, 4, 3]])  # the third overlaps the first, not the second
    t.same("keep", apart, np.array([0.9, 0.8, 0.7]), t.pick(0.5, 0.3))


@prop("exactly at the threshold a box stays")
def exact(t: Trial) -> None:
    pair = np.array([[0.0, 0, 2, 1], [0, 0, 1, 1]])
    below = np.array([[20.0, 0, 30, 1], [20, 0, 24, 1]])  # 0.4, but all of the smaller one
    t.same("keep", np.concatenate([pair, below])[t.rng.permutation(4)], t.rng.permutation(4) / 4 + 0.1, 0.5)
    t.same("keep", pair, np.array([t.uniform(0.6, 0.9), 0.5]), 0.5)
