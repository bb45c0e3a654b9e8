"""What to say of a target that is the same in every row: of a large table, and of one that is hardly a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fathom.data.table.table_files import column_called, shorten_names

if TYPE_CHECKING:
    import polars as pl

FEW_ROWS = 10
"""Rows below which more rows are what is lacking, whatever else is."""


def one_value(text: str, frame: pl.DataFrame, target: str, values: Sequence[Any]) -> str:
    """Why nothing can be learned from a target with one value, and what to do.

    Args:
        text: what the user pointed at.
        frame: the table.
        target: its column.
        values: of it, those that are there.
    """
    n, value = len(values), repr(str(values[0])[:40])
    if n == 1:
        return f"{text} has one row with a {target}, and nothing can be learned from one: give some hundreds"
    if n < FEW_ROWS:
        return (
            f"{text} has {n} rows, all with {value} as {shorten_names([target])!r}, so that there is nothing to learn: "
            "give some hundreds, with other values, too"
        )
    others = [c for c in frame.columns if c != target and frame[c].drop_nulls().n_unique() > 1]
    advice = f"name another with `target`, one of {shorten_names(others)}" if others else "add rows with other values"
    return f"{column_called(target)} has the value {value} in every row, so that there is nothing to learn: {advice}"
