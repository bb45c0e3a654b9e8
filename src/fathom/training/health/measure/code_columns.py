"""Columns of whole numbers, and how targets differ where the number is the same, the next, or any other.

Of an amount, neighbouring numbers go with like targets nearly as one and the same number does. Of a code, as that of a
shop, they go with targets as different as those of any two examples (as in a variogram, Matheron 1963).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Pairs = tuple[int, int, float, int, float, int, float]

MIN_ROWS, MAX_ROWS, MAX_COLUMNS = 16, 64, 32
"""Of a batch of a table."""

MIN_VALUES, MAX_VALUES = 8, 500
"""Different numbers in a batch, and from the first to the last of all."""

MAX_OFF = 0.02
"""Of a step, by which numbers may be off: they may have been standardized."""


def code_columns(given: Tensor, answer: Tensor, gradient: Tensor) -> list[Pairs]:
    """What pairs of examples tell of each column of whole numbers, however scaled.

    Args:
        given: what the net was given; nothing is told of what is no table (batch, columns) of few columns.
        answer: of the net: (batch,) or (batch, 1) of an amount, (batch, classes) else.
        gradient: of the loss with respect to it, of the same shape.

    Returns:
        For each such column its number, and of pairs with the same number, with the next one, and of all pairs, how
        many there are and the sum of how much their targets differ.
    """
    n = len(answer)
    if given.ndim != 2 or not given.is_floating_point() or not 0 < given.shape[1] <= MAX_COLUMNS or len(given) != n:
        return []
    if n < MIN_ROWS or gradient.shape != answer.shape or answer.ndim > 2:
        return []
    x = given.detach()[:MAX_ROWS].double().cpu().numpy()
    columns = {k: places for k in range(x.shape[1]) if (places := _places(x[:, k])) is not None}
    if not columns:
        return []
    rows = np.arange(len(x))
    first, second = (rows[side] for side in np.triu_indices(len(x), 1))
    other = (x[first] != x[second]).any(1)  # pairs of different examples
    first, second = first[other], second[other]
    differ = _differences(answer, gradient, n, first, second)
    found = []
    for k, places in columns.items():
        apart = np.abs(places[first] - places[second])
        sums = [(int(one.sum()), float(differ[one].sum())) for one in (apart == 0, apart == 1)]
        found.append((k, *sums[0], *sums[1], len(differ), float(differ.sum())))
    return found


def _places(column: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Of numbers that are steps of one length apart, how many steps each is from the least; else None."""
    values = np.unique(column)
    if len(values) < MIN_VALUES or not np.isfinite(values).all():
        return None
    steps = (column - values[0]) / np.diff(values).min()
    whole = np.rint(steps)
    if whole.max() > MAX_VALUES or np.abs(steps - whole).max() > MAX_OFF:
        return None
    return whole.astype(np.int64)


def _differences(
    answer: Tensor, gradient: Tensor, n: int, first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How much the targets of pairs differ: whether the class is another, or the squared difference of their ranks."""
    slope = gradient.detach()[:MAX_ROWS].double().cpu()
    if answer.numel() > n:
        label = slope.argmin(1).numpy()
        return (label[first] != label[second]).astype(np.float64)
    target = (answer.detach()[:MAX_ROWS].double().cpu() - slope * (answer.numel() / 2)).reshape(-1).numpy()
    rank = target.argsort().argsort() / len(target)
    return np.square(rank[first] - rank[second])
