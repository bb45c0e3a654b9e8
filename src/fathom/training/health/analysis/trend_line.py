"""A line through losses, and how sure its slope is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class TrendLine(NamedTuple):
    """By least squares.

    Attributes:
        slope: by one step.
        standard_error: of the slope.
    """

    slope: float
    standard_error: float


def trend_line(values: NDArray[np.float64]) -> TrendLine:
    """The line through values that follow one another: (n,), at least 3."""
    x = np.arange(len(values)) - (len(values) - 1) / 2
    slope = float((x * values).sum() / (x * x).sum())
    rest = values - values.mean() - slope * x
    return TrendLine(slope, float(np.sqrt((rest**2).sum() / (len(values) - 2) / (x * x).sum())))
