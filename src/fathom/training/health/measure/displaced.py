"""Whether the answers of a batch fit its targets in another order: reversed, or moved on by some places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_EXAMPLES, MAX_EXAMPLES = 16, 128
"""Of a batch, whose orders are compared."""

MIN_CLASSES, MAX_CLASSES = 3, 50
"""Of a batch."""

FITS = 0.5
"""Correlation with their own targets from which on no other order is looked for."""

NOT_KNOWN = (math.nan, math.nan, 0)


def displaced_numbers(answers: NDArray[np.float64], targets: NDArray[np.float64]) -> tuple[float, float, int]:
    """How well answers correlate with their own targets, and at best with those of another place.

    Args:
        answers: (batch,).
        targets: (batch,).

    Returns:
        Both correlations, and by how many places on the best ones stand: 0 for the batch reversed. NaN of batches that
        are too small or too large, or where either does not vary; and of the best, where their own fit well.
    """
    n = len(answers)
    if not MIN_EXAMPLES <= n <= MAX_EXAMPLES or not (np.isfinite(answers).all() and np.isfinite(targets).all()):
        return NOT_KNOWN
    a, y = answers - answers.mean(), targets - targets.mean()
    size = math.sqrt(float(a @ a) * float(y @ y))
    if not 0 < size < math.inf:
        return NOT_KNOWN
    own = float(a @ y) / size
    return (own, *_best(np.outer(a, y) / size)) if own < FITS else (own, math.nan, 0)


def displaced_classes(chosen: NDArray[Any], labels: NDArray[Any]) -> tuple[float, float, int]:
    """The same of classes: by how much more they agree than by chance, as a share of the most.

    Args:
        chosen: (batch,).
        labels: (batch,).
    """
    if not MIN_EXAMPLES <= len(labels) <= MAX_EXAMPLES:
        return NOT_KNOWN
    kinds, counts = np.unique(labels, return_counts=True)
    if not MIN_CLASSES <= len(kinds) <= MAX_CLASSES:
        return NOT_KNOWN
    n = len(labels)
    chance = (
        float(sum(times * np.count_nonzero(chosen == one) for one, times in zip(kinds, counts, strict=True))) / n**2
    )
    own = (float(np.count_nonzero(chosen == labels)) / n - chance) / (1 - chance)
    if own >= FITS:
        return own, math.nan, 0
    return (own, *_best(((chosen[:, None] == labels) - chance) / (n * (1 - chance))))


def _best(fit: NDArray[np.float64]) -> tuple[float, int]:
    """Of how well each answer fits each target (batch, batch), summed over each order of the targets but their own."""
    n = len(fit)
    rows = np.arange(n)
    by_shift = fit[rows, (rows + rows[:, None]) % n].sum(1)  # (batch,)
    by_shift[0] = fit[rows, rows[::-1]].sum()
    best = int(by_shift.argmax())
    return float(by_shift[best]), best
