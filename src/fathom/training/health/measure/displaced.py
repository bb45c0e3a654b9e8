"""Whether the answers of a batch fit its targets in another order: reversed, or moved on by some places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_EXAMPLES, MAX_EXAMPLES = 16, 128
"""Of a batch, whose orders are compared."""

NOT_KNOWN = (math.nan, math.nan, 0)


def displaced_numbers(answers: NDArray[np.float64], targets: NDArray[np.float64]) -> tuple[float, float, int]:
    """How well answers correlate with their own targets, and at best with those of another place.

    Args:
        answers: (batch,).
        targets: (batch,).

    Returns:
        Both correlations, and by how many places on the best ones stand: 0 for the batch reversed. NaN of batches that
        are too small or too large, or where either does not vary.
    """
    if not (np.isfinite(answers).all() and np.isfinite(targets).all()):
        return NOT_KNOWN
    a, y = answers - answers.mean(), targets - targets.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(y))
    if not MIN_EXAMPLES <= len(a) <= MAX_EXAMPLES or not 0 < size < math.inf:
        return NOT_KNOWN
    return _best(np.outer(a, y) / size)


def displaced_classes(chosen: NDArray[Any], labels: NDArray[Any]) -> tuple[float, float, int]:
    """The same of classes: by how much more they agree than by chance, as a share of the most.

    Args:
        chosen: (batch,).
        labels: (batch,).
    """
    n, classes = len(labels), len(np.unique(labels))
    if not MIN_EXAMPLES <= n <= MAX_EXAMPLES or classes < 3:
        return NOT_KNOWN
    same = (chosen[:, None] == labels).astype(np.float64)
    chance = float(same.mean())
    return _best((same - chance) / (n * (1 - chance))) if chance < 1 else NOT_KNOWN


def _best(fit: NDArray[np.float64]) -> tuple[float, float, int]:
    """Of how well each answer fits each target (batch, batch), summed over each order of the targets."""
    n = len(fit)
    rows = np.arange(n)
    by_shift = fit[rows, (rows + rows[:, None]) % n].sum(1)  # (batch,)
    own, by_shift[0] = float(by_shift[0]), float(fit[rows, rows[::-1]].sum())
    best = int(by_shift.argmax())
    return own, float(by_shift[best]), best
