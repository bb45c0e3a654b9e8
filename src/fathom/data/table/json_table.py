"""Tables in JSON: a row a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fathom.data.table.raw_table import RawTable, check_cells, check_columns
from fathom.errors import UserError


def read_json_lines(path: Path, text: str) -> RawTable:
    """The table of which each line is a row.

    Raises:
        UserError: no line is a row, or they have too many columns.
    """
    import polars as pl

    kept: list[dict[str, Any]] = []
    numbers: list[int] = []
    faults: dict[int, str] = {}
    number = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        number += 1
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            faults[number] = "not a JSON object"
            continue
        kept.append({_without_surrogates(k): _scalar(v) for k, v in row.items()})
        numbers.append(number)
    names = list(dict.fromkeys(name for row in kept for name in row))
    if not names:
        raise UserError(f'{path} has no lines that are JSON objects: write one a row, such as {{"age": 39}}')
    check_columns(path, len(names))
    check_cells(path, len(kept), len(names))
    columns = {name: _column([row.get(name) for row in kept]) for name in names}
    return RawTable(pl.DataFrame(columns, strict=False), numbers, faults)


def _without_surrogates(text: str) -> str:
    """Without halves of surrogates, which are no characters."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _scalar(value: Any) -> Any:
    value = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
    return _without_surrogates(value) if isinstance(value, str) else value


def _column(values: list[Any]) -> list[Any]:
    """Of one type: numbers, or text."""
    kinds = {type(v) for v in values if v is not None}
    if kinds <= {int, float}:
        if float in kinds or any(abs(v) >= 1 << 63 for v in values if v is not None):
            return [None if v is None else _float(v) for v in values]
        return values
    return [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")
