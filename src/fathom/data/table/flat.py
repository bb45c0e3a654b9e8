"""Tables without columns in columns: lists of numbers, records and the types of Parquet become plain columns.

A list of n numbers in each row becomes n columns ``v[0]``, ``v[1]`` …, a record one for each of its fields, ``v.a``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

MOST_ITEMS = 4096
"""Items of a list that become columns; a longer one is left as the text of itself."""
_NUMERIC = (int, float)


def flat_table(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with numbers and text alone; dates and times are text as ISO 8601 has them, spans are hours."""
    columns: list[pl.Series] = []
    taken = set(frame.columns)
    for column in frame.iter_columns():
        parts = _parts(column, 0)
        if any(part.name in taken and part.name != column.name for part in parts):
            parts = [_plain(column)]
        columns += parts
    return frame.clear().select([]) if not columns else type(frame)(columns)


def flat_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row in the same way: its lists of numbers and its records become fields of their own."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and value:
            found |= {k: v for k, v in flat_row({f"{name}.{k}": v for k, v in value.items()}).items() if k not in row}
        elif _is_vector(value):
            found |= {k: v for i, v in enumerate(value) if (k := f"{name}[{i}]") not in row}
        else:
            found[name] = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
    return found


def _is_vector(value: Any) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_ITEMS:
        return False
    return all(v is None or (isinstance(v, _NUMERIC) and not isinstance(v, bool)) for v in value)


def _parts(column: pl.Series, depth: int) -> list[pl.Series]:
    import polars as pl

    kind = column.dtype
    if depth < 4 and isinstance(kind, pl.Struct) and kind.fields:
        fields = [column.struct.field(f.name).alias(f"{column.name}.{f.name}") for f in kind.fields]
        return [part for one in fields for part in _parts(one, depth + 1)]
    if isinstance(kind, pl.Array) and kind.inner.is_numeric():
        column = column.arr.to_list()
    elif kind == pl.String and (vectors := _spelt_vectors(column)) is not None:
        column = vectors
    if isinstance(column.dtype, pl.List) and column.dtype.inner.is_numeric():
        there = column.drop_nulls()
        lengths = there.list.len().unique().to_list()
        if len(lengths) == 1 and 0 < lengths[0] <= MOST_ITEMS:
            return [column.list.get(i).alias(f"{column.name}[{i}]") for i in range(lengths[0])]
    return [_plain(column)]


def _spelt_vectors(column: pl.Series) -> pl.Series | None:
    """Lists of numbers that a text spells, as JSON does; None where it spells anything else."""
    import polars as pl

    there = column.drop_nulls()
    if not there.len() or not there.head(50).str.contains(r"^\s*\[[-+\d.eE,\s]+\]\s*$").all():
        return None
    try:
        made = [None if text is None else json.loads(text) for text in column.to_list()]
    except (ValueError, RecursionError):
        return None
    if not all(v is None or _is_vector(v) for v in made):
        return None
    try:
        return pl.Series(column.name, [None if v is None else [float(x) for x in v] for v in made])
    except (TypeError, OverflowError):
        return None


def _plain(column: pl.Series) -> pl.Series:
    """A column as numbers or text."""
    import polars as pl

    kind = column.dtype
    if kind.is_numeric() and not kind.is_decimal():
        return column
    if kind.is_decimal():
        return column.cast(pl.Float64, strict=False)
    if kind == pl.Duration:
        return column.dt.total_microseconds().cast(pl.Float64) / 3.6e9
    if kind == pl.Binary:
        return column.bin.encode("hex")
    if kind in (pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Datetime, pl.Time, pl.String, pl.Null):
        return column.cast(pl.String)
    values = [None if v is None else json.dumps(_plainer(v), default=str, ensure_ascii=False) for v in column.to_list()]
    return pl.Series(column.name, values, dtype=pl.String)


def _plainer(value: Any) -> Any:
    return value.to_list() if hasattr(value, "to_list") else value
