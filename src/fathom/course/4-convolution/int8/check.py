"""What must hold of whole numbers of eight bits."""

import numpy as np

from fathom.learning.trial import Trial, prop


def scaled(t: Trial):
    """A scale and a zero point."""
    return t.uniform(0.05, 0.5), int(t.rng.integers(-100, 100))


@prop("scale and zero point of a range that holds 0")
def usual(t: Trial) -> None:
    t.same("parameters", -t.uniform(0.2, 3), t.uniform(0.2, 5))


@prop("a range without 0 is widened", trials=6)
def widened(t: Trial) -> None:
    low, width = t.uniform(0.5, 2), t.uniform(0.5, 4)
    t.same("parameters", low, low + width)
    t.same("parameters", -low - width, -low)


@prop("a range of width 0", trials=1)
def nothing(t: Trial) -> None:
    t.same("parameters", 0.0, 0.0)


@prop("the nearest whole number")
def nearest(t: Trial) -> None:
    t.same("quantize", t.uniform(-8, 8, t.dim(3), t.dim(4)) + 0.0123, *scaled(t))


@prop("one byte each", trials=2, always=False)
def byte(t: Trial) -> None:
    got = np.asarray(t.mine("quantize", t.normal(4), *scaled(t)))
    t.true(got.dtype == np.int8, f"these are {got.dtype}, and np.int8 was asked for")


@prop("out of range", trials=6)
def out(t: Trial) -> None:
    t.same("quantize", t.uniform(-400, 400, t.dim(8)), *scaled(t))


@prop("what they stand for")
def back(t: Trial) -> None:
    t.same("dequantize", t.rng.integers(-128, 128, (t.dim(3), t.dim(4))).astype(np.int8), *scaled(t))


@prop("0 comes back as 0, others at most a step away", trials=6, always=False)
def near(t: Trial) -> None:
    x = np.append(t.normal(20), 0.0)
    scale, zero = t.mine("parameters", float(x.min()), float(x.max()))
    found = np.asarray(t.mine("dequantize", t.mine("quantize", x, scale, zero), scale, zero))
    t.equal(found[-1], 0.0, "0 is not exact")
    t.true(np.abs(found - x).max() <= 1.0001 * scale, "a number moved by more than a step")


def factors(t: Trial, d: int):
    """Two matrices of whole numbers, with their scales."""
    n, f = t.dim(3), t.dim(4)
    a, w = (t.rng.integers(-128, 128, shape).astype(np.int8) for shape in ((n, d), (d, f)))
    return a, *scaled(t), w, t.uniform(0.01, 0.1, f)


@prop("a product in whole numbers")
def small(t: Trial) -> None:
    t.same("product", *factors(t, t.dim(5)))


@prop("sums that no 16 bits hold", trials=4)
def large(t: Trial) -> None:
    a, scale, _, w, scales = factors(t, 40)
    t.same("product", np.full_like(a, 127), scale, -128, np.full_like(w, t.pick(127, -127)), scales)
