"""What a net needs to know of a column of numbers: where its values lie, how they rank, and which of them are common.

Quantiles alone see nothing of a column that is nearly always 0. Here the knots are *distinct* values: the quantiles,
each once, and, while there is room, values evenly spaced among all others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

KNOTS = 49
"""Values of a column that are kept at most: the ends of 48 bins."""
MOST_COMMON = 128
"""Different values up to which a column of numbers may be one of categories as well: months, codes, grades."""
_WIDEST_RANK = 3.0


@dataclass(frozen=True)
class NumberScale:
    """Of one column, over the training rows where it is present.

    Attributes:
        knots: rising values; none where the column is empty.
        ranks: of each knot the share of values below it (of equal ones half), as a quantile of the normal distribution.
        common: values that are there more than once, if the column has few different ones; rising.
    """

    knots: list[float]
    ranks: list[float]
    common: list[float]

    def to_dict(self) -> dict[str, list[float]]:
        """As JSON keeps it."""
        return asdict(self)


def fit_scale(values: NDArray[np.float64]) -> NumberScale:
    """Learn the scale of a column.

    Args:
        values: ``(rows,)``, NaN where missing.

    >>> fit_scale(np.array([0.0] * 97 + [1, 5, 9])).knots
    [0.0, 1.0, 5.0, 9.0]
    """
    present = np.sort(values[np.isfinite(values)])
    if not len(present):
        return NumberScale([], [], [])
    distinct, counts = np.unique(present, return_counts=True)
    knots = _knots(present, distinct)
    below = (np.searchsorted(present, knots, "left") + np.searchsorted(present, knots, "right")) / 2 / len(present)
    normal = NormalDist()
    inside = np.clip(below, 0.5 / len(present), 1 - 0.5 / len(present))
    ranks = [float(np.clip(normal.inv_cdf(share), -_WIDEST_RANK, _WIDEST_RANK)) for share in inside.tolist()]
    few = 2 < len(distinct) <= MOST_COMMON
    return NumberScale(knots.tolist(), ranks, distinct[counts > 1].tolist() if few else [])


def _knots(present: NDArray[np.float64], distinct: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(distinct) <= KNOTS:
        return distinct
    found = np.unique(np.quantile(present, np.linspace(0, 1, KNOTS), method="nearest"))
    if room := KNOTS - len(found):
        rest = np.setdiff1d(distinct, found)
        places = np.linspace(0, len(rest) - 1, min(room, len(rest))).round().astype(int)
        found = np.union1d(found, rest[places])
    return found


def thinned(scale: NumberScale, bins: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The knots and ranks of a scale for so many bins at most, the outermost among them.

    Args:
        scale: of a column.
        bins: at least one.

    Returns:
        knots and ranks, ``(k,)`` each, k up to ``bins + 1``.
    """
    kept = np.unique(np.linspace(0, len(scale.knots) - 1, min(bins + 1, len(scale.knots))).round().astype(int))
    return np.array(scale.knots)[kept], np.array(scale.ranks)[kept]
