"""The cells of a table: which are numbers, which are text, and which stand for nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fathom.data.blanks import BLANKS

if TYPE_CHECKING:
    import polars as pl

NULLS = ("", "?", "NA", "N/A", "n/a", "na", "null", "NULL", "Null", "NaN", "nan", "NAN")
"""What people write for nothing."""

_INFINITE = r"(?i)^[+-]?inf(inity)?$"
_GROUP_OR_FRACTION = r"^\s*([+-]?[1-9]\d{0,2}(\.\d{3})*)?\s*$"
_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?([eE][+-]?\d+)?$"


def parse_number(value: Any) -> float | None:
    """The finite number that a value is or spells; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and "_" in value:
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def is_missing(value: Any) -> bool:
    """Whether a cell stands for nothing."""
    return value is None or value != value or (isinstance(value, str) and value.strip(BLANKS) in NULLS)


def is_infinite(value: Any) -> bool:
    """Whether a cell is infinite, or spells it; infinity can be no input of a net."""
    if isinstance(value, str):
        return value.strip() == "∞" or re.match(_INFINITE, value.strip()) is not None
    return isinstance(value, float) and math.isinf(value)


def is_number_like(values: Sequence[Any]) -> bool:
    """Whether all values that are there are numbers, or text that spells numbers."""
    present = [v for v in values if v is not None and not (isinstance(v, str) and v.strip() in NULLS)]
    return bool(present) and all(parse_number(v) is not None for v in present)


def clean_column(frame: pl.DataFrame, notes: list[str], comma: bool = False) -> pl.DataFrame:
    """Numbers as Int64 or finite Float64, all else as stripped text, and null for what stands for nothing.

    Args:
        frame: columns of any types.
        notes: is told what was changed, in words.
        comma: a comma may stand for the decimal point, since it does not separate the fields.
    """
    import polars as pl

    columns = []
    for column in frame.iter_columns():
        kind = column.dtype
        if kind.is_integer():
            cast = column.cast(pl.Int64, strict=False)
            column = cast if cast.null_count() == column.null_count() else column.cast(pl.Float64)
        elif kind.is_float() or kind.is_decimal():
            column = _finite(column.cast(pl.Float64, strict=False), notes)
        else:
            column = _typed(_text(column), notes, comma)
        columns.append(column)
    return pl.DataFrame(columns)


def plain_numbers(column: pl.Series) -> pl.Series | None:
    """The numbers of a column of text, where all that is there is written as computers write numbers; else None."""
    if column.str.contains(".", literal=True).any() and column.str.contains(_GROUP_OR_FRACTION).all():
        return None
    typed = _typed(column, [], False)
    return typed if typed.dtype.is_numeric() else None


def _finite(column: pl.Series, notes: list[str]) -> pl.Series:
    column = column.fill_nan(None)
    infinite = int(column.is_infinite().sum())
    if infinite:
        notes.append(_taken(infinite, column.name))
        column = column.set(column.is_infinite().fill_null(False), None)
    return column


def _taken(infinite: int, name: str) -> str:
    return f"{infinite} infinite value{'s' if infinite > 1 else ''} in {name[:40]!r} taken as missing"


def _text(column: pl.Series) -> pl.Series:
    import polars as pl

    if column.dtype == pl.String:
        return column
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        values = [None if v is None else json.dumps(v, default=str) for v in column.to_list()]
        return pl.Series(column.name, values, dtype=pl.String)


def _typed(column: pl.Series, notes: list[str], comma: bool) -> pl.Series:
    import polars as pl

    column = column.str.strip_chars(BLANKS)
    column = column.set(column.is_in(list(NULLS)), None)
    missing = column.null_count()
    if missing == len(column) or column.str.contains(r"^[+-]?0\d").any():
        return column  # nothing there, or codes such as 00123
    if not column.str.contains(r"^[+-]?([\d.]|(?i)inf(inity)?$)").all():
        return column
    if comma and column.str.contains(",", literal=True).any():
        if not (column.str.contains(_COMMA) | column.str.contains(_INFINITE)).all():
            return column
        notes.append(f"the commas in {column.name[:40]!r} taken for decimal points")
        column = column.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    infinite = column.str.contains(_INFINITE).fill_null(False)
    finite = column.set(infinite, None) if infinite.any() else column
    missing = finite.null_count()
    for kind in (pl.Int64, pl.Float64):
        cast = finite.cast(kind, strict=False)
        if missing < len(column) and cast.null_count() == missing:
            if infinite.any():
                notes.append(_taken(int(infinite.sum()), column.name))
            return cast if kind == pl.Int64 else _finite(cast, notes)
    return column
