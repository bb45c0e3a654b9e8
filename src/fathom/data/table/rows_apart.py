"""Rows of a table that are none of its data: a second line of names or units below the header, sums at the end.

Each is told by numbers: where two columns or more hold numbers all the way down, a row with words in them names what
the columns are; and a last row that is called a total and holds the sums of the others is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fathom.data.table.cells import NULLS, parse_number

_FEWEST = 5
"""Rows below, from which on a column of numbers is told."""
_SAMPLE = 200
_MOST_LINES = 2
"""Lines of names or units below the first at most; programs for surveys write so many."""
_MOSTLY = 0.9
_NUMBER = re.compile(r"[^\w(\[]{0,3}\(?[^\w]{0,2}\.?\d")
"""What a cell begins with that holds a number, perhaps with a sign or of a currency."""
_NOTHING = frozenset(
    {*(null.lower() for null in NULLS), "none", "missing", "unknown", "undefined", "not available", "nil"}
)
_TOTAL = re.compile(r"(?:grand |sub|sub-)?totals?|sums?|summe|gesamt|insgesamt|gesamtsumme|total général|totale", re.I)
_SUMMARY = re.compile(
    rf"(?:{_TOTAL.pattern}|mean|average|avg|median|std|sd|stdev|std\.? ?dev|standard deviation|se|sem|variance|var|"
    r"min|max|minimum|maximum|count|range|mittelwert|moyenne|media|q[13]|(?:25|50|75) ?%)",
    re.I,
)
_MOST_SUMMARIES = 10
"""Rows at the end that are looked at."""
_CLOSE = 0.005
"""Share of a sum that a total may be off through rounding."""


def lines_below_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The rows directly below a header that go on naming its columns.

    Args:
        first: the header.
        rest: the rows below it, in order.
    """
    rows = [row for row in rest[:_SAMPLE] if len(row) == len(first)]
    found: list[Sequence[str]] = []
    while (
        len(found) < _MOST_LINES and len(rows) > _FEWEST and rest[len(found)] == rows[0] and _names(rows[0], rows[1:])
    ):
        found.append(rows.pop(0))
    return found


def _names(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row has words or units wherever there are numbers below it, in two columns or more."""
    filled = numbers = 0
    for i, cell in enumerate(cell.strip() for cell in row):
        values = [one for other in below if (one := other[i].strip()) and one.lower() not in _NOTHING]
        if len(values) < _FEWEST or sum(map(bool, map(_NUMBER.match, values))) < _MOSTLY * len(values):
            if cell and cell in values:
                return False  # a value like others
            continue
        numbers += 1
        if not cell:
            continue
        if _NUMBER.match(cell) or cell.lower() in _NOTHING or cell in values or not re.search(r"[^\W_]|[%$€£°]", cell):
            return False
        filled += 1
    return filled >= 2 and 2 * filled >= numbers


def joined_names(first: Sequence[str], below: Sequence[Sequence[str]]) -> list[str] | None:
    """The names of columns whose header has several lines, each below that of several columns; None for lines of units.

    >>> joined_names(["2020", "", "2021", ""], [["size", "rent", "size", "rent"]])
    ['2020 size', '2020 rent', '2021 size', '2021 rent']
    """
    if not below or all(cell.strip() for cell in first) or not all(cell.strip() for cell in below[0]):
        return None
    over = ""
    names = []
    for cell, own in zip(first, below[0]):
        over = cell.strip() or over
        names.append(f"{over} {own.strip()}".strip())
    return names


def summary_rows(rows: Mapping[int, Sequence[str]]) -> list[int]:
    """The numbers of the rows at the end that sum up those above: several, called ``Mean``, ``SD``, ``Max`` and so on.

    Args:
        rows: all, by their numbers in order.
    """
    found: list[int] = []
    words: list[str] = []
    where: set[int] = set()
    for number in list(rows)[: -_MOST_SUMMARIES - 1 : -1]:
        own = {i: cell.strip().rstrip(": ").lower() for i, cell in enumerate(rows[number])}
        called = {i: cell for i, cell in own.items() if _SUMMARY.fullmatch(cell)}
        if len(called) != 1 or (where and where != set(called)):
            break
        where = set(called)
        words += called.values()
        found.append(number)
    others = [row for number, row in rows.items() if number not in found]
    if len(found) < 2 or len(set(words)) < len(words) or len(others) < _FEWEST:
        return []
    place = next(iter(where))
    return [] if any(_SUMMARY.fullmatch(row[place].strip()) for row in others) else found[::-1]


def is_total(row: Sequence[str], rows: Mapping[int, Sequence[str]]) -> bool:
    """Whether a row is called a total, and its numbers are the sums of those above it.

    Args:
        row: the last one.
        rows: all, by their numbers.
    """
    if len(rows) < _FEWEST or not any(map(_is_called_total, row)):
        return False
    others = list(rows.values())[:-1]
    if any(map(_is_called_total, (cell for other in others for cell in other))):
        return False
    right = wrong = 0
    for i, cell in enumerate(row):
        total = parse_number(cell.strip())
        values = [parse_number(one) for other in others if (one := other[i].strip()) not in NULLS]
        known = [value for value in values if value is not None]
        if total is None or not known or len(known) < len(values):
            continue
        close = abs(sum(known) - total) <= _CLOSE * max(abs(total), 1e-9)
        right, wrong = right + close, wrong + (not close)
    return right > 0 and right >= wrong


def _is_called_total(cell: str) -> bool:
    return _TOTAL.fullmatch(cell.strip().rstrip(": ")) is not None
