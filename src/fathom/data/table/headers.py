"""Where the header of a table is, if it has one, and what its columns are called.

Titles and comments may stand above it. Whether the first row is one of names is told by its content: a name of a column
of numbers is none, a category is not called like one of its values, and a sentence is no name.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fathom.data.table.cells import NULLS, is_number_like
from fathom.data.table.rows_apart import joined_names, lines_below_header
from fathom.errors import UserError

_MAX_NAME_LENGTH = 10_000
"""Characters of a column's name; a longer one is no name, but a quote that is not closed."""
_SAMPLE = 1000
"""Rows by which a header is told."""
_MOST_ABOVE = 30
"""Lines above a header at most."""
_FEWEST = 4
"""Rows below, from which on values of categories tell whether the first row is one of them."""
_COMMENT = ("#", "%", "//")
_MARKS = (".", "!", "?")
_NAMES = frozenset({
    "id", "index", "text", "label", "labels", "target", "class", "category", "sentence", "sentence1", "sentence2",
    "source", "review", "comment", "message", "question", "answer", "title", "tweet", "sentiment", "file", "filename",
    "file_name", "path", "split",
})  # fmt: skip
"""What columns are called and hardly any value is, in lower case."""


@dataclass
class Header:
    """The names of the columns, and where the rows begin.

    Attributes:
        names: as they stand there, or made up where there are none; empty where the text has no rows.
        start: place of the first row of data.
        notes: what was decided, where it is not plain.
        row_names: the rows have a field more than there are names: the first is the name of the row.
        made_up: there is no header, so that no name stands in the file.
    """

    names: list[str]
    start: int
    notes: list[str] = field(default_factory=list)
    row_names: bool = False
    made_up: bool = False


def find_header(rows: Sequence[Sequence[str]], asked: bool | None = None, known: Collection[str] = ()) -> Header:
    """The header of a table.

    Args:
        rows: the fields of each line.
        asked: whether there is one, where the user has said so.
        known: names that columns are expected to have, since others had them that this table is to be like.
    """
    notes: list[str] = []
    start = _begin(rows, notes)
    if start is None:
        return Header([], 0)
    first = list(rows[start])
    rest = [row for row in rows[start + 1 : start + 1 + _SAMPLE] if row and list(row) != first]
    usual = _usual(rest)
    if len(first) == usual + 1 and not first[-1].strip() and asked is not False:
        first.pop()
        notes.append("the header ends with a separator, behind which the rows have no field: that field was left out")
    if len(first) == usual - 1 and asked is not False and _has_row_names(first, rest):
        notes.append("the rows have a field more than the header, so the first was taken for the name of the row")
        return Header(["", *first], start + 1, notes, row_names=True)
    if asked is None and len(first) > 1 and [cell.strip() for cell in first] == [str(i) for i in range(len(first))]:
        asked = True  # as pandas names the columns of an array
    if asked is None and known:
        asked = _is_known(first, known)
    there = asked if asked is not None else _is_header(first, [row for row in rest if len(row) == len(first)])
    if there:
        first[0] = first[0].lstrip("#% ") if first[0].startswith(("#", "%")) and len(first) > 1 else first[0]
        return _with_lines_below(first, rows, start, notes)
    if asked is None:
        what = "numbers" if is_number_like(first) else f"like the others ({_shown(first)})"
        notes.append(
            f"the first line is {what}, so the columns were named column 1, column 2 … "
            "(with --header yes it names them)"
        )
    return Header([f"column {i}" for i in range(1, len(first) + 1)], start, notes, made_up=True)


def _with_lines_below(first: list[str], rows: Sequence[Sequence[str]], start: int, notes: list[str]) -> Header:
    """The header with the lines below it that go on naming the columns: those are no data."""
    below = lines_below_header(first, rows[start + 1 : start + 1 + _SAMPLE])
    if below:
        told = "1 line below the header names" if len(below) == 1 else f"{len(below)} lines below the header name"
        notes.append(f"{told} columns or units, and is no data: {_shown(below[0])}")
    return Header(joined_names(first, below) or first, start + 1 + len(below), notes)


def _shown(cells: Sequence[str]) -> str:
    text = " ".join(", ".join(cells).split())
    return text if len(text) <= 50 else text[:49] + "…"


def _usual(rows: Sequence[Sequence[str]]) -> int:
    """The number of fields of most rows."""
    counts = Counter(len(row) for row in rows if row)
    return max(counts, key=lambda w: (counts[w], w)) if counts else 1


def _begin(rows: Sequence[Sequence[str]], notes: list[str]) -> int | None:
    """Where the table begins, below blank lines, comments and titles."""
    there = [i for i, row in enumerate(rows[: _SAMPLE + _MOST_ABOVE]) if any(cell.strip() for cell in row)]
    if not there:
        return None
    usual = _usual([rows[i] for i in there])
    begin = _commented([rows[i] for i in there])
    while begin < min(_MOST_ABOVE, len(there) - 1) and _is_above(rows[there[begin]], usual):
        begin += 1
    if begin == min(_MOST_ABOVE, len(there) - 1):
        begin = 0  # no table below them
    begin += _prose([rows[i] for i in there[begin:]], usual)
    if begin:
        above = _shown(rows[there[0]])
        lines = "1 line" if begin == 1 else f"{begin} lines"
        notes.append(f"{lines} above the header left out, which begin{'s' if begin == 1 else ''} with {above!r}")
    return there[begin]


def _commented(rows: Sequence[Sequence[str]]) -> int:
    """How many comments stand at the beginning; the last is none where it names the columns of what follows."""
    n = next((i for i, row in enumerate(rows) if not _is_marked(row)), len(rows))
    if n in (0, len(rows)) or n > _MOST_ABOVE:
        return 0
    below, rest = rows[n], rows[n + 1 :]
    if len(rows[n - 1]) != len(below) or len(below) == 1:
        return n
    same = [row for row in rest if len(row) == len(below)]
    return n if _is_called(below) or sum(_votes(below, same)) > 0 else n - 1


def _is_marked(row: Sequence[str]) -> bool:
    return row[0].lstrip().startswith(_COMMENT)


def _is_above(row: Sequence[str], usual: int) -> bool:
    """Whether a line is a title or a comment, and no part of the table below."""
    filled = sum(bool(cell.strip()) for cell in row)
    if _is_marked(row):
        return len(row) != usual
    if len(row) == usual:  # a spreadsheet fills up the line of a title
        return usual > 2 and filled == 1 and bool(row[0].strip())
    return filled == 1 < usual


def _prose(rows: Sequence[Sequence[str]], usual: int) -> int:
    """How many lines with fewer fields stand above a header: titles that have the separator in them."""
    n = next((i for i, row in enumerate(rows[:_MOST_ABOVE]) if len(row) >= usual), 0)
    if not n or len(rows[n]) != usual or max(map(len, rows[:n])) == usual - 1 > 1:
        return 0  # names of columns, perhaps, of which one is missing
    rest = [row for row in rows[n + 1 :] if len(row) == usual]
    whole = len(rest) >= 0.9 * len(rows[n + 1 :])
    return n if whole and (_is_called(rows[n]) or sum(_votes(rows[n], rest)) > 0) else 0


def _has_row_names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the rows have a field in front that the header does not name: a number, or a word that none shares."""
    whole = [row for row in rows if len(row) == len(header) + 1]
    names = [row[0].strip() for row in whole]
    same = len(whole) >= 0.99 * len(rows) and len(set(names)) == len(names) > 1
    ends = any(row[-1].strip() for row in whole)
    return same and ends and all(name and " " not in name for name in names) and not is_number_like(header)


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether a row is one of names, and no row like those below it."""
    if len(first) > 1 and is_number_like(first) and all(cell.strip() for cell in first):
        return False
    return _is_called(first) or sum(_votes(first, rest)) >= 0


def _is_known(first: Sequence[str], known: Collection[str]) -> bool | None:
    """Whether a row has names that are expected; None where nothing tells.

    Where the expected names are those of columns that had none, or a text stands alone, there is no header.
    """
    names = {name.casefold() for name in known}
    if any(cell.strip().casefold() in names for cell in first if cell.strip()):
        return True
    if len(first) == 1 and re.search(r"\s", first[0].strip()):
        return False
    return False if all(re.fullmatch(r"column \d+", name) for name in names) else None


def _is_called(first: Sequence[str]) -> bool:
    """Whether cells are such as columns are called by."""
    return len({cell.strip().lower() for cell in first} & _NAMES) > len(first) // 3


def _votes(first: Sequence[str], rest: Sequence[Sequence[str]]) -> list[int]:
    """What each column says of the cell above it."""
    years = [int(cell) for cell in first if cell.strip().isdecimal() and len(cell) < 10]
    counted = len(years) > 1 and years == list(range(years[0], years[0] + len(years)))
    names = ["" if counted and cell.strip().isdecimal() else cell.strip() for cell in first]
    return [_vote(name, [row[i].strip() for row in rest]) for i, name in enumerate(names)]


def _vote(name: str, values: Sequence[str]) -> int:
    """What a column says of the cell above it: 1 or more for a name, less than 0 for a value, 0 for what is unclear."""
    values = [v for v in values if v not in NULLS]
    if len(values) < _FEWEST or name in NULLS:
        return 0
    if sum(is_number_like([v]) for v in values) >= 0.9 * len(values):
        return -3 if is_number_like([name]) else 3
    counts = Counter(values)
    if len(counts) <= 0.5 * len(values):
        return -2 if counts[name] > 1 else 1
    return _vote_of_texts(name, values)


def _vote_of_texts(name: str, values: Sequence[str]) -> int:
    """The same for a column of free text: a sentence among sentences, one that ends as they do."""
    words = statistics.median(len(v.split()) for v in values)
    ended = sum(v.endswith(_MARKS) for v in values) >= 0.5 * len(values)
    if ended and name.endswith(_MARKS) and not name.endswith("?"):
        return -2
    return -1 if words >= 4 and len(name.split()) >= max(4, words / 3) else 0


def column_names(path: Path, header: Sequence[str], notes: list[str]) -> list[str]:
    """Names without spaces around them, without blanks, without repetitions.

    Raises:
        UserError: one is much too long.
    """
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    twice: list[str] = []
    for i, cell in enumerate(header, 1):
        name = " ".join(cell.split()) or f"column {i}"
        if len(name) > _MAX_NAME_LENGTH:
            raise UserError(
                f"{path} has a header whose field {i} has {len(name):,} characters: close the quote that is open there"
            )
        base = name
        while name in names:
            counts[base] = counts.get(base, 1) + 1
            name = f"{base} ({counts[base]})"
        if name != base:
            twice.append(f"the header {base[:40]!r} is there twice, so one was named {name[:50]!r}")
        names[name] = None
    notes.extend(twice[:20])
    return list(names)
