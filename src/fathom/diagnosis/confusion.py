"""Which class is taken for which?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.diagnosis.results_table import classes_of


@dataclass(frozen=True)
class Confusion:
    """Counts of (target, prediction): row i, column j is how often class i was taken for class j."""

    classes: list[str]
    counts: NDArray[np.int64]


def confusion(frame: pl.DataFrame, classes: list[str] | None = None) -> Confusion:
    """Count how often each class was taken for each; `classes` fixes the order."""
    classes = classes if classes is not None else classes_of(frame)
    place = {name: i for i, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    pairs = frame.select(pl.col("target").cast(pl.String), pl.col("prediction").cast(pl.String))
    for target, prediction, count in pairs.group_by("target", "prediction").len().iter_rows():
        if target in place and prediction in place:
            counts[place[target], place[prediction]] = count
    return Confusion(classes, counts)


def top_confusions(made: Confusion, most: int = 5) -> list[tuple[str, str, int]]:
    """The mistakes made most often: class, what it was taken for, how often."""
    wrong = made.counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    cells = [divmod(int(i), len(made.classes)) for i in order]
    return [(made.classes[i], made.classes[j], int(wrong[i, j])) for i, j in cells if wrong[i, j] > 0]
