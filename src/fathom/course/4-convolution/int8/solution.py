"""Whole numbers of eight bits in place of fractions: a scale, a zero point, and a product in whole numbers."""

import numpy as np


def parameters(low, high):
    """The scale and the zero point with which the range from low to high becomes the whole numbers -128 to 127.

    The range is first widened so that it holds 0, since 0 must be exact; one of width 0 has the scale 1. scale: how
    much one step is worth. zero: the whole number that stands for 0, rounded so that low is nearest to -128.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255 or 1.0
    return scale, round(-128 - low / scale)


def quantize(x, scale, zero):
    """The nearest whole numbers, an array of np.int8 of the shape of x; what is out of range becomes -128 or 127."""
    return np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.int8)


def dequantize(q, scale, zero):
    """The fractions that the whole numbers stand for: float64, of the shape of q."""
    return scale * (q.astype(float) - zero)


def product(a, scale_a, zero_a, w, scale_w):
    """The matrix product of what a and w stand for, summed up in whole numbers and scaled at the end.

    a: (n, d) np.int8, with scale and zero point. w: (d, f) np.int8, with zero point 0 and scales (f,), one for each
    column. The sums may be as large as 127 · 255 · d. Returns (n, f), float64.
    """
    sums = (a.astype(np.int32) - zero_a) @ w.astype(np.int32)
    return sums * (scale_a * scale_w)
