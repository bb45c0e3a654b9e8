"""Targets, or columns of a table, of which a few numbers lie far from all others, with nothing between."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

MIN_ROWS, MAX_ROWS, MAX_ROWS_OF_A_TABLE = 12, 512, 64
"""Of a batch."""

QUARTILES, MAX_OFF = (0.25, 0.5, 0.75), 1e-3
"""And by which share values may differ that are one and the same, as gradients tell them."""

NEAR, FAR = 8.0, 12.0
"""Deviations from the middle up to which numbers are usual, and from which on they are far."""

MAX_SHARE = 0.25
"""Of the rows, that may be far: what is more is a kind of its own."""

MIN_MIXED = 50.0
"""Deviations by which numbers of another unit lie away: a thousand times as large, or a hundred."""

MIN_DIFFERENT = 0.8
"""Share of targets that are different ones, where they are amounts."""

NORMAL = 1.349
"""Distance of the quartiles of a normal distribution, in its standard deviations."""


def far_targets(y: Numbers) -> tuple[float, float, float, float]:
    """Of targets (rows,), how a few lie far from all others.

    Returns:
        The share that is far; the share that is neither usual nor far; the least distance of one that is far, in
        deviations as the quartiles show them; and the value, where all these are one and the same. NaN where there are
        none or that is not known.
    """
    n = len(y)
    ordered = np.sort(y)
    low, middle, high = (ordered[round(share * (n - 1))] for share in QUARTILES) if n else (0.0, 0.0, 0.0)
    spread = (high - low) / NORMAL
    if n < MIN_ROWS or not 0 < spread < math.inf:
        return 0.0, 0.0, math.nan, math.nan
    if max(middle - ordered[0], ordered[-1] - middle) <= NEAR * spread:
        return 0.0, 0.0, math.nan, math.nan
    away = np.abs(y - middle) / spread
    far = away > FAR
    share, halfway = float(far.mean()), float(((away > NEAR) & ~far).mean())
    if not 0 < share <= MAX_SHARE:
        return 0.0, halfway, math.nan, math.nan
    values = y[far]
    same = float(np.ptp(values)) <= MAX_OFF * float(np.abs(values).max())
    return share, halfway, float(away[far].min()), float(values[0]) if same else math.nan


def tail_ratio(y: Numbers) -> float:
    """How much farther targets (rows,) reach above their median than below it: by the 90th and the 10th percentile.

    1 of a symmetric distribution, 2.7 of an exponential one, exp(1.28 s) where the logarithm has a deviation of s. NaN
    of few targets, or where many are one and the same, as zeros are.
    """
    n = len(y)
    if n < MIN_ROWS or not np.isfinite(y).all() or len(np.unique(y.round(6))) < MIN_DIFFERENT * n:
        return math.nan
    low, middle, high = np.quantile(y, (0.1, 0.5, 0.9))
    return float((high - middle) / (middle - low)) if middle > low else math.nan


def far_columns(x: Numbers) -> list[float]:
    """Of each column of a table (rows, columns) the share of rows that are far; -1 where some lie between.

    NaN where most rows have one value.
    """
    x = x[:MAX_ROWS_OF_A_TABLE]
    if len(x) < MIN_ROWS:
        return [math.nan] * x.shape[1]
    ordered = np.sort(x, 0)
    low, middle, high = (ordered[round(share * (len(x) - 1))] for share in QUARTILES)
    with np.errstate(all="ignore"):  # of columns that are mostly one value
        away = np.abs(x - middle) * (NORMAL / (high - low))  # (rows, columns)
    share, between = (away > MIN_MIXED).mean(0), ((away > NEAR) & (away <= MIN_MIXED)).any(0)
    found = np.where(between | (share > MAX_SHARE), -1.0, share)
    return [float(one) for one in np.where(high > low, found, math.nan)]
