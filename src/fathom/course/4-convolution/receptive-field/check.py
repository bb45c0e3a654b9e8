"""What must hold of receptive fields: the formula against a picture in which one pixel after another is changed."""

import numpy as np

from fathom.learning.trial import Trial, prop


def layers_of(t: Trial):
    """Windows and strides; a stride is not larger than its window, so that no pixel is left out."""
    found = []
    for _ in range(t.dim(3, least=0)):
        k = t.dim(4)
        found.append((k, int(t.rng.integers(1, k + 1))))
    return found


def touched(layers, size):
    """How many of the pixels change the first unit of the last layer."""
    reached = np.eye(size, dtype=bool)  # (units, pixels)
    for k, stride in layers:
        units = (len(reached) - k) // stride + 1
        reached = np.stack([reached[i * stride : i * stride + k].any(0) for i in range(units)])
    return int(reached[0].sum())


@prop("the field")
def field(t: Trial) -> None:
    t.same("receptive_field", layers_of(t))


@prop("the field is what a change of single pixels finds", always=False)
def found(t: Trial) -> None:
    layers = layers_of(t)
    expected = t.right("receptive_field", layers)
    t.equal(touched(layers, expected + 5), expected, "the reference is wrong")
    t.equal(
        t.mine("receptive_field", layers), touched(layers, expected + 5), "changed pixels reach another number of units"
    )


@prop("strides act on what comes after them")
def order(t: Trial) -> None:
    t.same("receptive_field", [(3, 2), (t.pick(3, 5), 1), (2, 2), (3, 1)])
    t.same("receptive_field", [(3, 1), (t.pick(5, 3), 2)])


@prop("the size of the output")
def size(t: Trial) -> None:
    layers = [(t.dim(3), t.dim(3), t.dim(2, least=0)) for _ in range(t.dim(3, least=0))]
    t.same("output_size", 30 + t.dim(9), layers)
    t.same("output_size", 30 + t.dim(9), [(4 + t.dim(4), 2, 0)])
