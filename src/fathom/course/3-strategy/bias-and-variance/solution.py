"""The error taken apart, and how sure its figures are."""

import math

import numpy as np


def wilson(wrong, n, z):
    """The ends of Wilson's interval for a share, wrong of n. z: 1.96 for 95 %. Returns low and high."""
    p = wrong / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def gaps(human, train, train_dev, dev):
    """The parts of the error on dev: a dict with bias, variance and mismatch. All are shares; gaps may be negative."""
    return {"bias": train - human, "variance": train_dev - train, "mismatch": dev - train_dev}


def largest(parts):
    """The name of the largest gap; "" where none is above 0; of equal ones the first in the order of the dict."""
    name = max(parts, key=lambda key: parts[key])
    return name if parts[name] > 0 else ""
