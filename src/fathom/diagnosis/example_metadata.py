"""What is known of each example beside its result: the columns ``look_…`` of a table of results.

Numbers and words, from `fathom.data.simple_features` or, in a table that somebody else has written, from its own
columns.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

COLUMN_PREFIX = "look_"
"""How the names of such columns begin."""
CLUSTER_COLUMN = f"{COLUMN_PREFIX}cluster of what the net sees"
"""Of dev alone: it makes slices of dev, and says nothing of how dev and train differ."""

MAX_LEVELS = 30


def columns_of(frame: pl.DataFrame) -> list[str]:
    """The columns that say something of the examples."""
    return [name for name in frame.columns if name.startswith(COLUMN_PREFIX)]


def described(frame: pl.DataFrame) -> tuple[list[str], NDArray[np.float64]]:
    """Names and values ``(examples, names)``: numbers as they are, and 0 or 1 for each word of a category."""
    names: list[str] = []
    values: list[NDArray[np.float64]] = []
    for column in columns_of(frame):
        told, series = column.removeprefix(COLUMN_PREFIX), frame[column]
        if series.null_count() == frame.height:
            continue
        if series.dtype.is_numeric():
            array = series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
            if len(np.unique(array[~np.isnan(array)])) > 1:
                names.append(told)
                values.append(array)
            continue
        levels = series.cast(pl.String).fill_null("")
        if levels.n_unique() <= MAX_LEVELS:
            for level in sorted(set(levels.to_list()) - {""}):
                names.append(f"{told} is {level}")
                values.append((levels == level).cast(pl.Float64).to_numpy())
    return names, np.stack(values, 1) if values else np.zeros((frame.height, 0))
