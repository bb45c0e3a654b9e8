"""What must hold of the work with tensors."""

import numpy as np

from fathom.learning.trial import Tensor, Trial, prop


def pictures(t: Trial):
    """Bytes of pictures, and means and deviations of their channels."""
    shape = (t.dim(3), t.dim(4, least=2), t.dim(5, least=2), t.pick(3, 1, 4))
    x = Tensor(t.rng.integers(0, 256, shape).astype(np.uint8), "uint8")
    mean = Tensor(np.float32(t.uniform(0.1, 0.9, shape[3])), "float32")
    return x, mean, Tensor(np.float32(t.uniform(0.2, 0.5, shape[3])), "float32")


@prop("pictures get the type, the axes and the scale that a net takes")
def prepared(t: Trial) -> None:
    t.same("prepare", *pictures(t))


@prop("a mask of the lengths")
def masked(t: Trial) -> None:
    longest = t.dim(5)
    t.same("mask", Tensor(t.rng.integers(0, longest + 1, t.dim(4)), "int64"), longest)


@prop("the mask lies where the lengths lie", trials=2)
def placed(t: Trial) -> None:
    t.same("place_of_mask", Tensor(np.array([1, 2]), "int64"), 2, says="the mask must be made on the device of lengths")


@prop("the mean of the valid steps alone", trials=16)
def averaged(t: Trial) -> None:
    n, steps = t.dim(3), t.dim(4)
    kind = t.pick("float32", "float64")
    x = t.normal(n, steps, t.dim(3)).astype(kind)
    valid = np.arange(steps) < t.rng.integers(0, steps + 1, n)[:, None]
    if t.level > 2:  # a mask need not be that of a beginning
        valid = t.rng.random((n, steps)) < 0.5
    x[~valid] = t.pick(0.0, np.nan, 7.0)
    t.same("mean_of_steps", Tensor(x, kind), Tensor(valid, "bool"))
