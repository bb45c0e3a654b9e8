"""Tables in JSON: a row a line, a list of rows, or lists of values by the names of columns.

Objects within a row become columns of their own, ``data.text`` for ``{"data": {"text": …}}``, where they are objects in
every row; so do lists of one. Other lists stay JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fathom.data.json_keys import KeyedJSON
from fathom.data.table.raw_table import RawTable, check_cells, check_columns
from fathom.errors import UserError

_DEEPEST = 5
"""Levels of objects within a row that become columns."""


def read_json_lines(path: Path, text: str, notes: list[str]) -> RawTable:
    """The table of which each line is a row; or the one that the text as a whole is.

    Args:
        path: of the file.
        text: in it.
        notes: is told of keys that an object has twice.

    Raises:
        UserError: no line is a row, or they have too many columns.
    """
    rows: dict[int, dict[str, Any]] = {}
    faults: dict[int, str] = {}
    reader = KeyedJSON()
    for number, line in enumerate((line for line in text.split("\n") if line.strip()), 1):
        row = reader.parse(line)
        if isinstance(row, dict):
            rows[number] = row
        else:
            faults[number] = "not a JSON object"
    if len(rows) < 2 and (whole := json_rows(reader.parse(text))):
        rows, faults = dict(enumerate(whole, 1)), {}
    if not any(rows.values()):
        raise UserError(f'{path} has no lines that are JSON objects: write one a row, such as {{"age": 39}}')
    notes += reader.notes()
    return _table(path, rows, faults)


def read_json(path: Path, text: str, notes: list[str]) -> RawTable:
    """The table that a JSON text is, or that its lines are.

    Args:
        path: of the file.
        text: in it.
        notes: is told of keys that an object has twice.

    Raises:
        UserError: it is no table, or one with too many columns.
    """
    reader = KeyedJSON()
    rows = json_rows(reader.parse(text))
    if rows is None and (text.lstrip().startswith("{") and "\n" in text.strip()):
        return read_json_lines(path, text, notes)
    if not rows:
        raise UserError(f'{path} is JSON but no table: write a list of rows, such as [{{"age": 39}}, {{"age": 50}}]')
    notes += reader.notes()
    return _table(path, dict(enumerate(rows, 1)), {})


def parse(text: str | bytes) -> Any:
    """What a text of JSON says; None where it says nothing."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def json_rows(value: Any) -> list[dict[str, Any]] | None:
    """The rows that a value of JSON is; None where it is no table.

    Args:
        value: a list of objects, an object with one such list in it, lists or objects of values by the names of the
            columns, or rows by their numbers, as pandas and others write them.
    """
    if isinstance(value, list):
        return value if value and all(isinstance(row, dict) for row in value) else None
    if not isinstance(value, dict) or not value:
        return None
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [dict(zip(map(str, columns), row)) for row in data]
    lists = [json_rows(v) for v in value.values() if isinstance(v, list)]
    found = [rows for rows in lists if rows]
    if found:
        return found[0] if len(found) == 1 else None
    return _by_name(value)


def _by_name(value: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of columns by name, or of rows by number."""
    parts = list(value.values())
    if all(isinstance(part, list) for part in parts):
        same = len({len(part) for part in parts}) == 1 and len(parts) > 1
        flat = same and all(not isinstance(v, (list, dict)) for part in parts for v in part)
        return [dict(zip(value, row)) for row in zip(*parts)] if flat else None
    if not all(isinstance(part, dict) for part in parts) or len(parts) < 2:
        return None
    if all(key.isdecimal() for key in value):
        return parts
    keys = list(parts[0])
    if all(key.isdecimal() for key in keys) and all(list(part) == keys for part in parts):
        return [{name: part[key] for name, part in value.items()} for key in keys]
    return None


def _table(path: Path, rows: Mapping[int, dict[str, Any]], faults: Mapping[int, str]) -> RawTable:
    import polars as pl

    flat = _flat(list(rows.values()))
    names = list(dict.fromkeys(name for row in flat for name in row))
    check_columns(path, len(names))
    check_cells(path, len(flat), len(names))
    columns = {_without_surrogates(name): _column([_scalar(row.get(name)) for row in flat]) for name in names}
    return RawTable(pl.DataFrame(columns, strict=False), list(rows), faults)


def _flat(rows: Sequence[Mapping[str, Any]], depth: int = 0) -> list[dict[str, Any]]:
    """Rows in which objects, and lists of one, have become columns where they are that in every row."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    kinds = {name: _kinds(row.get(name) for row in rows) for name in names}
    nested = [name for name in names if kinds[name] in ({"object"}, {"one"})]
    if not nested or depth == _DEEPEST:
        return [dict(row) for row in rows]
    found: list[dict[str, Any]] = []
    for row in rows:
        new: dict[str, Any] = {}
        for name, value in row.items():
            inner = value[0] if name in nested and isinstance(value, list) and value else value
            if name in nested and isinstance(inner, dict):
                new |= {f"{name}.{key}": v for key, v in inner.items()}
            else:
                new[name] = None if name in nested and inner == [] else inner
        found.append(new)
    return _flat(found, depth + 1)


def _kinds(values: Iterator[Any]) -> set[str]:
    """What the values of a column are: objects, lists of at most one, or something else."""
    return {
        "object" if isinstance(v, dict) else "one" if isinstance(v, list) and len(v) < 2 else "other"
        for v in values
        if v is not None
    }


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
