"""Which form of table a file has: by its name, and where that says nothing by what is in it.

A file named ``.txt`` or ``.data``, or without an ending, may be a table as well as something else. It is one where its
lines have the same number of fields throughout and no blank line parts them.
"""

from __future__ import annotations

import csv
from enum import StrEnum
from functools import lru_cache
from pathlib import Path, PurePosixPath

from fathom.data.decoding import decode
from fathom.data.table.cells import is_number_like
from fathom.data.table.delimited import LETTERS, cut, find_separator, named_separator, without_comment
from fathom.data.table.json_table import json_rows, parse
from fathom.data.table.other_text_tables import is_arff, is_labelled_lines, is_sparse
from fathom.data.table.unpacking import PACKED, inner_name
from fathom.errors import Unreadable


class Form(StrEnum):
    """A form of table."""

    DELIMITED = "text parted by separators"
    JSON_LINES = "JSON lines"
    JSON = "JSON"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    ARFF = "ARFF"
    SPARSE = "libsvm"
    LABELLED = "fastText"


BY_NAME = {
    ".csv": Form.DELIMITED, ".tsv": Form.DELIMITED, ".tab": Form.DELIMITED, ".psv": Form.DELIMITED,
    ".parquet": Form.PARQUET, ".feather": Form.ARROW, ".arrow": Form.ARROW, ".ipc": Form.ARROW,
    ".jsonl": Form.JSON_LINES, ".ndjson": Form.JSON_LINES, ".arff": Form.ARFF, ".svm": Form.SPARSE,
    ".libsvm": Form.SPARSE,
}  # fmt: skip
"""What the ending of a name says."""
_UNTOLD = frozenset({"", ".txt", ".dat", ".data", ".asc", ".text", ".json", ".all", ".train", ".test"})
"""Endings that say nothing, so that the content is looked at."""
_HEAD = 1 << 16
_MAX_JSON = 64 << 20
"""Bytes of a JSON file that is read to find out whether it is a table."""
_FEWEST = 4
"""Lines that are needed to see a table in a file whose name does not say so."""


def form_of(path: Path) -> Form | None:
    """The form of table that a file has; None where it is none, as far as its name or its beginning says.

    What stands packed in it counts, where its own name tells.
    """
    suffix = path.suffix.lower()
    if suffix in PACKED:
        inner = inner_name(path).lower()
        return Form.LABELLED if inner.endswith(".ft.txt") else BY_NAME.get(PurePosixPath(inner).suffix)
    if suffix in BY_NAME or suffix not in _UNTOLD:
        return BY_NAME.get(suffix)
    try:
        about = path.stat()
        return _looked_at(path, about.st_mtime_ns, about.st_size) if path.is_file() and about.st_size else None
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=4096)
def _looked_at(path: Path, changed: int, size: int) -> Form | None:
    """The form of a file whose name does not tell; `changed` and `size` are what it is remembered by."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        text = decode(head[: len(head) // 4 * 4] if len(head) < size else head).text  # whole letters, however wide
    except Unreadable:
        return None
    if len(head) == _HEAD < size:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    if text.lstrip()[:1] in ("[", "{"):
        whole = size <= _MAX_JSON and path.suffix.lower() in (".json", "")
        lines = [parse(line) for line in text.splitlines()[:2]]  # each a row, or the text as a whole is the table
        rows = len(lines) == 2 and all(isinstance(line, dict) for line in lines)
        return Form.JSON if rows or (whole and json_rows(parse(path.read_bytes()))) else None
    for form, holds in ((Form.ARFF, is_arff), (Form.LABELLED, is_labelled_lines), (Form.SPARSE, is_sparse)):
        if holds(text):
            return form
    return Form.DELIMITED if path.suffix.lower() != ".json" and _is_delimited(text) else None


def _is_delimited(text: str) -> bool:
    """Whether all lines have the same number of fields, at least one column numbers or values that are repeated."""
    named, text = named_separator(without_comment(text))
    separator = named or find_separator(text)
    try:
        rows = cut(text, separator).rows
    except csv.Error:
        return False
    while rows and not rows[-1]:
        del rows[-1]
    if len(rows) > _FEWEST and len(rows[0]) == len(rows[1]) - 1:  # of R, whose rows have a name for which there is none
        rows[0] = ["", *rows[0]]
    widths = {len(row) for row in rows}
    if len(rows) < _FEWEST or len(widths) != 1 or widths <= {0, 1}:
        return False
    columns = [[cell.strip() for cell in column] for column in zip(*rows[1:])]
    told = any(is_number_like(column) or len(set(column)) <= max(2, len(column) // 4) for column in columns)
    return told or separator in LETTERS
