"""CSV files that people open in a spreadsheet: what they hold comes from strangers, and a spreadsheet runs formulas.

A cell of text that a spreadsheet would run (it begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break, and is no
number) gets an apostrophe before it, which makes it text there. `read_rows` takes it away again, so that ids and labels
come back as they were; files that were written without are read as they are. All such files are written here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

_RUN = re.compile(r"'*[=+\-@\t\r\n]")
"""What would be run, and what looks like something escaped."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def escape(cell: str) -> str:
    """A cell that no spreadsheet runs.

    >>> escape("=1+1"), escape("-3.5"), escape("cat")
    ("'=1+1", '-3.5', 'cat')
    """
    return f"'{cell}" if _RUN.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unescape(cell: str) -> str:
    """What `escape` was given."""
    rest = cell[1:]
    return rest if cell.startswith("'") and escape(rest) != rest else cell


def written(rows: Iterable[Sequence[Any]]) -> str:
    """Rows, the header among them, as the text of a CSV file; numbers stay numbers."""
    text = io.StringIO()
    csv.writer(text).writerows([escape(v) if isinstance(v, str) else v for v in row] for row in rows)
    return text.getvalue()


def read_rows(text: str) -> list[dict[str, str]]:
    """The rows of such a file, by the names of its header; cells that are missing are empty, those too many left out.

    Raises:
        csv.Error: it is no CSV.
    """
    header, *rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))) or [[]]
    names = [unescape(name) for name in header]
    padded = ((row + [""] * len(names))[: len(names)] for row in rows if row)
    return [dict(zip(names, map(unescape, row), strict=True)) for row in padded]
