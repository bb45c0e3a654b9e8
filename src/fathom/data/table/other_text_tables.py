"""Tables in text that no separator alone cuts: ARFF, the sparse lines of libsvm, the labelled lines of fastText."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.data.table.headers import column_names
from fathom.data.table.raw_table import BLANK, RawTable, check_cells, check_columns
from fathom.errors import UserError

if TYPE_CHECKING:
    import polars as pl

_ATTRIBUTE = re.compile(r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)\s+\S""", re.IGNORECASE)
_SPARSE = re.compile(
    r"\s*([+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?)(?:\s+qid:\d+)?((?:\s+\d{1,9}:[^\s:]+)+)\s*(?:#.*)?", re.IGNORECASE
)
_LABEL = "__label__"
_SAMPLE = 100


def is_arff(text: str) -> bool:
    """Whether a text declares a relation, its attributes and then its data."""
    lines = (line.strip().lower() for line in text[:100_000].splitlines())
    return next((line.startswith("@relation") for line in lines if line and line[0] != "%"), False)


def is_sparse(text: str) -> bool:
    """Whether nearly every line is a number and then places with their values, as libsvm writes them."""
    lines = _sample(text)
    return len(lines) > 1 and sum(map(bool, map(_SPARSE.fullmatch, lines))) >= 0.95 * len(lines)


def is_labelled_lines(text: str) -> bool:
    """Whether nearly every line begins with its label, as fastText marks it."""
    lines = _sample(text)
    return len(lines) > 1 and sum(line.lstrip().startswith(_LABEL) for line in lines) >= 0.95 * len(lines)


def _sample(text: str) -> list[str]:
    lines = text[:100_000].splitlines()
    return [line for line in (lines[:-1] if len(text) > 100_000 else lines) if line.strip()][:_SAMPLE]


def read_arff(path: Path, text: str, notes: list[str]) -> RawTable:
    """The table in ARFF, its attributes the columns.

    Raises:
        UserError: it declares no attributes, is sparse, or has no rows.
    """
    mark = re.search(r"(?im)^\s*@data\b.*$", text)
    head, body = (text[: mark.start()], text[mark.end() :]) if mark else (text, "")
    names = [found[1] for line in head.splitlines() if (found := _ATTRIBUTE.match(line.strip()))]
    if not mark or not names:
        raise UserError(f"{path} has no @attribute and @data: save it as ARFF again, or as CSV")
    check_columns(path, len(names))
    names = column_names(path, [re.sub(r"\\(.)", r"\1", n[1:-1]) if n[0] in "'\"" else n for n in names], notes)
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("%")]
    if any(line.lstrip().startswith("{") for line in lines[:_SAMPLE]):
        raise UserError(f"{path} is sparse ARFF: save it dense, or as CSV")
    quote = "'" if sum(line.count("'") for line in lines) >= sum(line.count('"') for line in lines) else '"'
    try:
        rows = list(csv.reader(lines, quotechar=quote, escapechar="\\", skipinitialspace=True))
    except csv.Error as error:
        raise UserError(f"{path} cannot be read as ARFF ({error}): save it as CSV") from None
    width = len(names)
    faults = {n: f"{len(row)} fields where {width} are declared" for n, row in enumerate(rows, 1) if len(row) != width}
    return _table(path, names, [(n, row) for n, row in enumerate(rows, 1) if n not in faults], faults, "5.1,3.5,red")


def read_sparse(path: Path, text: str) -> RawTable:
    """The table of which each line is a target and the places that are not zero.

    Raises:
        UserError: it has no rows, or too many columns.
    """
    found: list[tuple[int, str, dict[int, str]]] = []
    faults: dict[int, str] = {}
    for number, line in _numbered(text):
        match = _SPARSE.fullmatch(line)
        if match is None:
            faults[number] = "no line of a number and then place:value" if line.strip() else BLANK
            continue
        cells = dict(cell.split(":") for cell in match[2].split())
        found.append((number, match[1], {int(place): value for place, value in cells.items()}))
    places = sorted({place for _, _, cells in found for place in cells})
    check_columns(path, len(places))
    check_cells(path, len(found), len(places))
    rows = [(number, [*(cells.get(place, "0") for place in places), target]) for number, target, cells in found]
    return _table(path, [*(f"feature {place}" for place in places), "target"], rows, faults, "1 3:0.5 7:2")


def read_labelled_lines(path: Path, text: str) -> RawTable:
    """The table of label and text.

    Raises:
        UserError: no line has just one label.
    """
    rows: list[tuple[int, Sequence[str]]] = []
    faults: dict[int, str] = {}
    for number, line in _numbered(text):
        words = line.split()
        labels = [word for word in words if word.startswith(_LABEL)]
        if len(labels) == 1:
            rows.append((number, (labels[0].removeprefix(_LABEL), " ".join(w for w in words if w not in labels))))
        else:
            faults[number] = f"{len(labels) or 'no'} labels where one is wanted" if words else BLANK
    return _table(path, ["label", "text"], rows, faults, f"{_LABEL}spam buy it now")


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    return enumerate(re.split(r"\r\n|\r|\n", text.strip("\r\n")), 1)


def _table(
    path: Path, names: Sequence[str], rows: Sequence[tuple[int, Any]], faults: dict[int, str], example: str
) -> RawTable:
    import polars as pl

    if not rows:
        number = next((n for n, why in faults.items() if why != BLANK), None)
        why = f", since line {number} has {faults[number]}" if number is not None else ""
        raise UserError(f"{path} has no rows that can be read{why}: give lines such as {example!r}")
    columns = dict(zip(names, zip(*(cells for _, cells in rows))))
    frame: pl.DataFrame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    return RawTable(frame, [number for number, _ in rows], faults)
