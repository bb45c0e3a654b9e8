"""Numbers that cannot be of the column that they stand in: slips of the decimal point, and values far beyond any tail.

Data with heavy tails has values far out by right. So the tail itself is asked: a power law is laid through its body,
and a value counts as an outlier only where of ten thousand such columns one would have it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_VALUES = 30
"""Values below which nothing is said of a tail."""
MIN_DIFFERENT = 10
_ONE_IN = 1e4
"""Columns of which one would have such a value by chance."""
_LEAST_TAIL = 0.2
"""Of the tail's log excess: about that of a normal distribution; shorter tails are judged as if they were normal."""
_TAILS = ((0.80, 0.95), (0.90, 0.99))
"""Quantiles of the deviations between which the tail is measured: first where many outliers do no harm, then closer."""
_SLIPS = (10.0, 100.0, 1000.0, 1e4, 1e5, 1e6)
_FEW_SLIPS = 100
"""Values below which a slip is not told from a second kind of thing."""
_MOST_SLIPS = {10.0: 0.01}
"""Share of slips by a factor at most, else `_MOST`: what is ten times as large as others may be of another kind."""
_MOST = 0.05
_GAP = 3.0
"""Times the largest of the others that a slip is at least."""
MIN_PILE_SHARE, MIN_PILE, PILE_TIMES = 0.01, 10, 5
"""Share and number of values that are the largest (or smallest), and times that the next values are as frequent."""
_SENTINELS = frozenset(sign * (10.0**n - 1) for n in range(2, 10) for sign in (1, -1)) | {-1.0, -9.0, -2147483648.0}


@dataclass(frozen=True)
class Outliers:
    """What was found of a column.

    Attributes:
        where: which values are outliers, ``(n,)``.
        low, high: the range of all others.
        factor: by which most outliers are too large, where divided by it they are like the others; else 0.
    """

    where: NDArray[np.bool_]
    low: float
    high: float
    factor: float = 0.0


def find_outliers(values: NDArray[np.float64]) -> Outliers | None:
    """The values that cannot be of the same kind as the others.

    Args:
        values: of a column, ``(n,)``; NaN where missing.

    Returns:
        None where there are none, or too few values to tell.
    """
    present = np.isfinite(values)
    if present.sum() < MIN_VALUES or len(np.unique(values[present])) < MIN_DIFFERENT:
        return None
    kept = present.copy()
    for tail in (*_TAILS, _TAILS[-1]):
        center = float(np.median(values[kept]))
        far = np.zeros(len(values), bool)
        for side in (1.0, -1.0):
            far |= _beyond(side * (values - center), kept, tail)
        kept &= ~far
    kept &= ~_slips(values, kept)
    where = present & ~kept
    if not where.any() or where.sum() > 0.1 * present.sum():
        return None
    low, high = float(values[kept].min()), float(values[kept].max())
    return Outliers(where, low, high, _factor(values[where], values[kept]))


def _beyond(deviations: NDArray[np.float64], kept: NDArray[np.bool_], tail: tuple[float, float]) -> NDArray[np.bool_]:
    """Which values on this side of the middle are beyond what the tail makes likely."""
    side = kept & (deviations > 0)
    n = int(side.sum())
    if n < MIN_VALUES // 2:
        return np.zeros(len(deviations), bool)
    lower, upper = np.quantile(deviations[side], tail)
    excess = math.log(upper / lower) / math.log((1 - tail[0]) / (1 - tail[1])) if lower > 0 else 0.0
    log_limit = math.log(upper) + max(excess, _LEAST_TAIL) * math.log(max((1 - tail[1]) * n, 1.0) * _ONE_IN)
    limit = math.exp(min(log_limit, 700.0))
    return kept & (deviations > limit)


def _slips(values: NDArray[np.float64], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Values that stand apart, above all others, and divided by 10, 100 or 1000 are like these.

    It is asked of columns of positive numbers that are all of one size: there no true value is ten times another.
    """
    usual = values[kept]
    none = np.zeros(len(values), bool)
    low, high = np.quantile(usual, (0.005, 0.95))
    if low <= 0 or high > 10 * low or len(usual) < _FEW_SLIPS:
        return none
    ordered = np.sort(usual)
    ratios = ordered[1:] / np.maximum(ordered[:-1], 1e-300)
    wide = np.flatnonzero((ratios > _GAP) & (ordered[:-1] >= np.median(usual)))
    if not len(wide):
        return none
    edge = ordered[wide[0]]
    beyond = kept & (values > edge)
    found = none
    for factor in _SLIPS:
        like = beyond & (values / factor >= low) & (values / factor <= edge)
        if like.sum() <= _MOST_SLIPS.get(factor, _MOST) * len(usual):
            found = found | like
    return found


def _factor(outliers: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    low, high = np.quantile(others, (0.005, 0.995))
    for factor in (*_SLIPS, *(1 / f for f in _SLIPS[:3])):
        inside = (outliers / factor >= low) & (outliers / factor <= high)
        if inside.mean() >= 0.9 and abs(low) + abs(high) > 0:
            return float(factor)
    return 0.0


@dataclass(frozen=True)
class Pile:
    """Values that pile up at one end of a column, as where larger ones were cut off.

    Attributes:
        value: at which they do.
        count: how many they are.
        largest: whether it is the upper end.
    """

    value: float
    count: int
    largest: bool


def find_piles(values: NDArray[np.float64]) -> list[Pile]:
    """The ends of a column at which more values stand than its distribution would have there.

    Args:
        values: of a column, ``(n,)``; NaN where missing.
    """
    present = values[np.isfinite(values)]
    different, counts = np.unique(present, return_counts=True)
    if len(different) < 3 * MIN_DIFFERENT:
        return []
    found = []
    for largest in (True, False):
        order = counts[::-1] if largest else counts
        value, count = float(different[-1] if largest else different[0]), int(order[0])
        enough = count >= max(MIN_PILE, MIN_PILE_SHARE * len(present))
        if enough and value != 0 and count >= max(PILE_TIMES * order[1:6].max(), counts.max()):
            found.append(Pile(value, count, largest))
    return found


def find_sentinels(values: NDArray[np.float64]) -> dict[float, int]:
    """Numbers such as -999 that stand far from all others, more than once: they may well stand for something missing.

    Args:
        values: of a column, ``(n,)``; NaN where missing.

    Returns:
        How often each is there.
    """
    different, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    found: dict[float, int] = {}
    for place in (0, -1):
        if len(different) < MIN_DIFFERENT or counts[place] < 2 or float(different[place]) not in _SENTINELS:
            continue
        rest = different[1:] if place == 0 else different[:-1]
        if abs(different[place] - rest[place]) > rest[-1] - rest[0]:
            found[float(different[place])] = int(counts[place])
    return found
