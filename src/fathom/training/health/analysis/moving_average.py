"""Means over neighbouring losses."""

from __future__ import annotations

import numpy as np

MIN_EXAMPLES_PER_MEAN = 8
"""Examples over which a loss is averaged before it can be said to jump: of a few examples one may be hard."""


def moving_average(values: np.ndarray, width: int) -> np.ndarray:
    """Means over so many neighbours: ``(n - width + 1,)``."""
    if len(values) < width:
        return np.zeros(0)
    return np.convolve(values, np.ones(width) / width, "valid")
