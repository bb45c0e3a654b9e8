"""A table from text whose rows are lines and whose fields are parted by a separator.

A row with too few fields or too many is left out with the reason, and the rows that follow keep their numbers. Where
one column holds texts, a row that has too many fields since its text has the separator in it is mended, and it is said.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data.blanks import BLANKS
from fathom.data.table.cells import NULLS, is_number_like
from fathom.data.table.delimited import (
    LETTERS,
    Cut,
    cut,
    find_separator,
    named_separator,
    without_comment,
    without_quotes,
)
from fathom.data.table.headers import Header, column_names, find_header
from fathom.data.table.raw_table import BLANK, RawTable, check_columns
from fathom.data.table.rows_apart import is_total, summary_rows
from fathom.errors import UserError
from fathom.library_reasons import reason_of

if TYPE_CHECKING:
    import polars as pl

_MOST_BLANK = 1 / 3
"""Share of blank lines from which on they part the rows, and stand for none."""
_USUAL = {".tsv": "\t", ".tab": "\t"}
"""What parts the fields instead of commas, by what the ending of the name says."""
_CALLED = {";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "blanks"}
_FEWEST = 5
"""Rows of the right number of fields by which those with too many are mended."""


def read_delimited(
    path: Path, text: str, suffix: str, notes: list[str], header: bool | None = None, known: Collection[str] = ()
) -> RawTable:
    """The table in a text.

    Args:
        path: the file, for the sentence of an error.
        text: what is in it.
        suffix: the ending of its name.
        notes: is told what was decided and repaired, in words.
        header: whether the first row is one of names; None finds out.
        known: names that columns are expected to have.

    Raises:
        UserError: it is empty, has no rows, or too many columns.
    """
    whole = without_comment(text)
    notes.extend(["its first line is a comment, and is passed over"] * (whole != text))
    named, text = named_separator(whole)
    separator = named or find_separator(text, suffix)
    try:
        pieces = cut(text, separator)
    except csv.Error as error:
        raise UserError(f"{path} cannot be read as a table ({reason_of(error)}): save it as CSV again") from error
    notes.extend(pieces.notes)
    if separator not in (named, ",", _USUAL.get(suffix)):
        notes.append(f"its fields are parted by {_CALLED[separator]}, as the first lines tell")
    found = find_header(pieces.rows, header, known)
    if not found.names:
        raise UserError(f"{path} is empty: give a table with a header and at least one row")
    check_columns(path, len(found.names))
    notes.extend(found.notes)
    names = column_names(path, found.names, notes)
    rows, faults = _whole_rows(pieces, found.start, found.names, separator, notes)
    if not rows:
        number = next((n for n, why in faults.items() if why != BLANK), None)
        why = f", since row {number} has {faults[number]}" if number is not None else ""
        advice = "mend that row and those like it" if why else "add rows below it"
        raise UserError(f"{path} has a header but no usable rows{why}: {advice}")
    return RawTable(_framed(rows, names, found, notes), list(rows), faults, separator != ",")


def _framed(rows: Mapping[int, Sequence[str]], names: Sequence[str], header: Header, notes: list[str]) -> pl.DataFrame:
    """The columns, as text; without those that have neither a name nor anything in them, which is noted."""
    import polars as pl

    frame = pl.DataFrame(dict(zip(names, zip(*rows.values()))), schema=dict.fromkeys(names, pl.String))
    cells = enumerate(zip(names, header.names), 1)
    unnamed = {name: i for i, (name, cell) in cells if header.made_up or not cell.strip()}
    blank = [name for name in unnamed if frame[name].str.strip_chars(BLANKS).is_in(list(NULLS)).all()]
    if blank:
        notes.append(_left_out([unnamed[name] for name in blank]))
    if not header.row_names and not header.made_up and (named := [name for name in unnamed if name not in blank]):
        shown = ", ".join(map(repr, named[:5])) + (" …" if len(named) > 5 else "")
        have = "1 column has" if len(named) == 1 else f"{len(named):,} columns have"
        notes.append(f"{have} no name in the header: called {shown}")
    return frame.drop(blank)


def _left_out(places: Sequence[int]) -> str:
    """What is told of empty columns without a name, by the places of their fields, the first being 1."""
    if len(places) == 1:
        return f"1 column without a name (field {places[0]}) is empty in every row, so it is left out"
    fields = f"fields {_ranges(places)}"
    return f"{len(places):,} columns without a name ({fields}) are empty in every row, so they are left out"


def _ranges(places: Sequence[int]) -> str:
    """Whole numbers in rising order, those in a row as one part.

    >>> _ranges([2, 4, 5, 6])
    '2, 4 to 6'
    """
    parts: list[list[int]] = []
    for place in places:
        if parts and place == parts[-1][-1] + 1:
            parts[-1].append(place)
        else:
            parts.append([place])
    return ", ".join(f"{part[0]}" if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in parts)


def _whole_rows(
    pieces: Cut, start: int, header: Sequence[str], separator: str, notes: list[str]
) -> tuple[dict[int, Sequence[str]], dict[int, str]]:
    """The rows of the right number of fields by their numbers, and why the others are none."""
    width, wide = len(header), dict[int, Sequence[str]]()
    rows: dict[int, Sequence[str]] = {}
    faults: dict[int, str] = {}
    unclosed: list[int] = []
    longer: list[int] = []
    numbered = _numbered(pieces.rows, start, width)
    for place, number in numbered:
        row = pieces.rows[place]
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            longer.append(number)
            row = row[:width]
        if _is_blank(row, width):
            faults[number] = BLANK
        elif list(row) == list(header) and place != start:
            faults[number] = "the header again"
        elif len(row) == width:
            rows[number] = [without_quotes(cell) for cell in row] if place in pieces.mended else row
            unclosed += [number] * (place in pieces.mended)
        else:
            wide |= {number: row} if len(row) > width else {}
            faults[number] = _ragged(row, width, place in pieces.mended)
    if mended := _mended(rows, wide, separator):
        notes.append(_told(list(mended), "a separator in a text that is not quoted: its parts were joined"))
        rows = dict(sorted((rows | mended).items()))
        faults = {number: why for number, why in faults.items() if number not in mended}
    for number in summary_rows(rows):
        del rows[number]
        faults[number] = "a summary of the rows above it, such as their mean"
    if rows and is_total(rows[last := max(rows)], rows):
        del rows[last]
        faults[last] = "a total: it holds the sums of the rows above it"
    if longer:
        notes.append(_told(longer, "empty fields at the end for which the header has no name: they are left out"))
    if unclosed:
        notes.append(_told(unclosed, "a quote that is not closed: the row was read without it"))
    return rows, faults


def _told(numbers: Sequence[int], what: str) -> str:
    """So many rows, with the numbers of the first, have something."""
    shown = ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")
    one = len(numbers) == 1
    return f"{len(numbers):,} row{'' if one else 's'} ({shown}) {'has' if one else 'have'} {what}"


def _is_blank(row: Sequence[str], width: int) -> bool:
    return not row or (len(row) == 1 and not row[0].strip() and width > 1)


def _numbered(rows: Sequence[Sequence[str]], start: int, width: int) -> list[tuple[int, int]]:
    """The places of the rows and their numbers: blank lines count, but not at the end, nor where they part the rows."""
    last = max((i for i in range(start, len(rows)) if not _is_blank(rows[i], width)), default=start - 1)
    places = range(start, last + 1)
    filled = [i for i in places if not _is_blank(rows[i], width)]
    kept = places if len(places) - len(filled) < _MOST_BLANK * len(places) else filled
    return [(place, number) for number, place in enumerate(kept, 1)]


def _ragged(row: Sequence[str], width: int, open_quote: bool) -> str:
    reason = f"{len(row)} field{'s' if len(row) != 1 else ''} where the header has {width}"
    spans = 1 + max(cell.count("\n") for cell in row)
    if spans > 1:
        return f"{reason}, over {spans} lines; perhaps a quote is not closed"
    return reason + ("; perhaps a quote is not closed" if open_quote else "")


def _mended(
    rows: Mapping[int, Sequence[str]], wide: Mapping[int, Sequence[str]], separator: str
) -> dict[int, Sequence[str]]:
    """Rows with too many fields, with the parts of a text joined, where there is one column that these can be of.

    In all other columns the fields must be what they are elsewhere: numbers, or values that were seen.
    """
    if len(rows) < _FEWEST or not wide or separator in LETTERS:
        return {}
    sample = list(rows.values())[:1000]
    columns = [[cell.strip() for cell in column] for column in zip(*sample)]
    numbers = [is_number_like(column) for column in columns]
    values = [{v for v, n in Counter(column).items() if n > 1} for column in columns]
    texts = [
        i for i, column in enumerate(columns)
        if not numbers[i] and len(set(column)) > len(column) / 2 and sum(map(str.__len__, column)) > 8 * len(column)
    ]  # fmt: skip
    if len(texts) != 1:
        return {}
    place, width = texts[0], len(columns)
    found: dict[int, Sequence[str]] = {}
    for number, row in wide.items():
        more = len(row) - width
        whole = [*row[:place], separator.join(row[place : place + more + 1]), *row[place + more + 1 :]]
        fits = (
            i == place or (is_number_like([cell]) if numbers[i] else cell.strip() in values[i])
            for i, cell in enumerate(whole)
        )
        if all(fits):
            found[number] = [without_quotes(cell) for cell in whole]
    return found
