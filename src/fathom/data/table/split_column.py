"""The column of a table that says which split each row came in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fathom.data.table.table_files import column_called
from fathom.errors import UserError

if TYPE_CHECKING:
    import polars as pl

SPLIT_NAMES = {
    "train": "train", "training": "train", "train-dev": "train-dev", "train_dev": "train-dev",
    "dev": "dev", "valid": "dev", "val": "dev", "validation": "dev", "development": "dev",
    "test": "test", "testing": "test", "publictest": "dev", "privatetest": "test",
}  # fmt: skip
"""What people call the splits."""

_SPLIT_COLUMNS = ("split", "subset", "partition", "usage")


def split_column(frame: pl.DataFrame) -> str | None:
    """The column that says which split a row came in, where every value of it is the name of a split.

    Raises:
        UserError: most rows of it name splits, and others do not: left alone, rows of test would be trained on.
    """
    for column in frame.columns:
        if column.lower() not in _SPLIT_COLUMNS:
            continue
        each = frame[column].drop_nulls().value_counts()
        counts = Counter[str]()
        for value, count in each.iter_rows():
            counts[str(value).strip()] += count
        strange = {name: n for name, n in counts.items() if name.lower() not in SPLIT_NAMES}
        if counts and not strange:
            return column
        if 2 * sum(strange.values()) < counts.total():
            told = ", ".join(f"{name[:40]!r} in {n:,} rows" for name, n in list(strange.items())[:3])
            known = ", ".join(SPLIT_NAMES)
            raise UserError(
                f"{column_called(column)} says of most rows which split they are of, but has {told}: write one of "
                f"{known}, or give the column another name"
            )
    return None
