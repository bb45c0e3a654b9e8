"""What must hold of augmentation."""

import numpy as np

from fathom.learning.trial import Trial, prop


def pictures(t: Trial):
    """A batch, no two sizes of which are alike by design."""
    return t.normal(t.dim(4), t.dim(3), t.dim(4), t.dim(5))


@prop("the chosen ones are flipped")
def flipped(t: Trial) -> None:
    x = pictures(t)
    t.same("flip", x, t.rng.random(len(x)) < 0.6)


@prop("flipped twice is as before", trials=3)
def twice(t: Trial) -> None:
    x = pictures(t)
    chosen = np.arange(len(x)) % 2 == 0
    t.equal(t.mine("flip", t.right("flip", x, chosen), chosen), x, "flipped twice it is another picture")


@prop("boxes move along")
def boxes(t: Trial) -> None:
    n, columns = t.dim(4), 8 + t.dim(9)
    corner = t.rng.integers(0, 6, (n, 2)).astype(float)
    t.same("flip_boxes", np.concatenate([corner, corner + t.rng.integers(1, 3, (n, 2))], axis=1), float(columns))


@prop("a box still holds the same pixels", trials=4, always=False)
def inside(t: Trial) -> None:
    x = t.normal(1, 1, 4, 7)
    box = np.array([[1.0, 0, 3, 2]])
    left, top, right, bottom = np.asarray(t.mine("flip_boxes", box, 7.0), float)[0].astype(int)
    part = t.right("flip", x, np.array([True]))[0, 0, top:bottom, left:right]
    t.equal(part[:, ::-1], x[0, 0, 0:2, 1:3], "other pixels lie in the box after the flip")


@prop("a window of the padded picture")
def window(t: Trial) -> None:
    x, width = pictures(t), t.dim(3)
    t.same("crop", x, *(t.rng.integers(0, 2 * width + 1, (2, len(x)))), width)


@prop("without padding, or in the middle, nothing moves", trials=3)
def still(t: Trial) -> None:
    x, width = pictures(t), t.dim(3)
    at = np.full(len(x), width)
    t.equal(t.mine("crop", x, at, at, width), x, "the window in the middle is the picture itself")
    t.equal(t.mine("crop", x, 0 * at, 0 * at, 0), x, "without padding there is one window")


@prop("pictures and labels are mixed alike")
def mixed(t: Trial) -> None:
    x, classes = pictures(t), t.dim(4, least=2)
    n = len(x)
    t.same("mixup", x, np.eye(classes)[t.labels(n, classes)], t.uniform(0, 1, n), t.labels(n, n))
