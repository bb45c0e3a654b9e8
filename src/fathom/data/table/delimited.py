"""Text that is cut into rows and fields by a separator, as people and programs write it.

A quote is a letter where text is parted by tabs, unless quotes are clearly used as such. Elsewhere quotes may hold
separators and line breaks; where one is not closed, the rows after it are read all the same. What was decided is noted.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fathom.data.table.cells import is_number_like

TAB = "\t"
LETTERS = (TAB, "|")
"""Separators beside which a quote is a letter, where it does not have to be more."""
_SAMPLE = 50
"""Lines by which the separator is found."""
_WIDEST_QUOTE = 1 << 20
"""Characters of a quoted field in a file whose quotes are damaged."""
_SWALLOWED = 2
"""Lines within a quoted field that all look like rows, from which it is no field but rows behind an open quote."""
_FEW_NUMBERS, _MANY = 3, 20
"""Fields of a line, and lines, up to which and from which on blanks between codes part columns."""
_FIELD = re.compile(r'"[^"]*"(?!\S)|\S+')
_ENDS = re.compile(r"\r\n|\r|\n")
_ESCAPED = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
_DECIMAL_COMMA = re.compile(r"^\s*[+-]?\d+,\d+\s*$")


@dataclass
class Cut:
    """A text, cut into fields.

    Attributes:
        rows: the fields of each row; a blank line is an empty row.
        notes: what was decided, in words.
        mended: places in `rows` of those with a quote that is not closed.
    """

    rows: list[list[str]]
    notes: list[str]
    mended: set[int]


def named_separator(text: str) -> tuple[str | None, str]:
    """The separator that the first line names, as spreadsheets write it (``sep=;``), and the text after that line."""
    first = _ENDS.split(text[:20], maxsplit=1)
    found = re.fullmatch(r'"?sep=(.)"?', first[0].strip(" "), re.IGNORECASE)
    if not found or len(first) == 1:
        return None, text
    return found[1], text[_ENDS.search(text).end() :]  # type: ignore[union-attr]


def without_comment(text: str) -> str:
    """The text without a first line that is a comment: behind ``|``, ``%`` or ``#``, of one field beside longer rows.

    Args:
        text: the file.
    """
    end = _ENDS.search(text)
    if text[:1] not in ("|", "%", "#") or end is None:
        return text
    rest = text[end.end() :]
    lines = [line for line in rest[:10_000].splitlines() if line.strip()][:_SAMPLE]
    separator = find_separator(rest[:10_000])
    fields = min((len(line.split(separator)) for line in lines[:-1]), default=1)
    alone = separator == " " or len(text[: end.start()].split(separator)) == 1
    return rest if fields > _FEW_NUMBERS and alone and not any(line[0] == text[0] for line in lines) else text


def find_separator(text: str, suffix: str = "") -> str:
    """The separator that cuts the first lines into the same number of fields, the most of them.

    Args:
        text: the file, without a line that names the separator.
        suffix: the ending of its name, which says what is likely.
    """
    head = [line for line in text[:100_000].splitlines() if line.strip()]
    head = head[:-1] if len(head) > 1 and len(text) > 100_000 else head
    head = head[:_SAMPLE]
    if suffix in (".tsv", ".tab") and any(TAB in line for line in head):
        return TAB
    best, score = ",", (0, 0.0, 0)
    for separator in (",", ";", TAB, "|"):
        rows = _sampled(head, separator)
        widths = [len(row) for row in rows]
        usual = max(set(widths), key=lambda w: (widths.count(w), w)) if widths else 1
        if usual < 2:
            continue
        agree = widths.count(usual) / len(widths)
        commas = separator != "," or not _are_decimal_commas(head)
        if (found := (int(agree * 4), commas * 1.0, usual)) > score:
            best, score = separator, found
    tabs = best == TAB and score[0] and _hold_numbers([line.partition(TAB)[0] for line in head])
    return " " if (tabs or not score[0]) and _are_columns([parted_by_blanks(line) for line in head]) else best


def parted_by_blanks(line: str) -> list[str]:
    """The fields of a line between blanks, of one in quotes what is in them.

    >>> parted_by_blanks('18.0  8 70 "chevrolet chevelle"')
    ['18.0', '8', '70', 'chevrolet chevelle']
    """
    return [field[1:-1] if re.fullmatch('"[^"]*"', field) else field for field in _FIELD.findall(line)]


def _hold_numbers(parts: Sequence[str]) -> bool:
    """Whether what stands before the first tab of each line is several numbers: tabs are blanks like others."""
    rows = [part.split() for part in parts]
    numbers = sum(is_number_like([cell]) for row in rows for cell in row)
    return min(map(len, rows), default=0) > _FEW_NUMBERS and numbers >= 0.9 * sum(map(len, rows))


def _are_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether lines have as many fields, half of which are numbers, or are numbers and codes that come again."""
    widths = [len(row) for row in rows]
    if not rows or widths.count(widths[-1]) < 0.9 * len(widths) or widths[-1] < 2:
        return False
    below = rows[1:] if len(rows) > _FEW_NUMBERS else rows  # the first may have the names
    numbers = sum(is_number_like([cell]) for row in below for cell in row)
    if numbers >= 0.5 * sum(map(len, below)):
        return True
    if len(set(widths)) > 1 or len(rows) < _MANY or widths[0] <= _FEW_NUMBERS:
        return False
    columns = list(zip(*rows))
    told = [is_number_like(column) for column in columns]
    return any(told) and all(is_number or len(set(column)) <= len(rows) / 3 for is_number, column in zip(told, columns))


def _sampled(head: Sequence[str], separator: str) -> list[list[str]]:
    if separator == TAB:
        return [line.split(TAB) for line in head]
    try:
        return list(csv.reader(head, delimiter=separator))
    except csv.Error:
        return [line.split(separator) for line in head]


def _are_decimal_commas(head: Sequence[str]) -> bool:
    """Whether semicolons part fields of which many are numbers with a decimal comma."""
    rows = [line.split(";") for line in head]
    cells = [cell for row in rows[1:] for cell in row]
    return len({len(row) for row in rows[1:]}) == 1 and sum(map(bool, map(_DECIMAL_COMMA.match, cells))) > len(rows) / 2


def cut(text: str, separator: str) -> Cut:
    """The rows of a text.

    Raises:
        csv.Error: a field is larger than any can be.
    """
    csv.field_size_limit(1 << 27)
    if separator == " ":
        lines = _ENDS.split(text)
        return Cut([parted_by_blanks(line) for line in lines[: -1 if not lines[-1] else None]], [], set())
    if '"' not in text:
        return Cut(_plain(text, separator), [], set())
    rows = _strict(text, separator)
    if separator in LETTERS:
        if rows is not None and _are_needed(rows, text, separator):
            return Cut(rows, [], set())
        starts = len(re.findall(rf'(?:^|[{separator}\r\n])"', text))
        note = f"{starts:,} fields begin with a quote, which was read as a letter" if starts else ""
        return Cut(_plain(text, separator), [note] if note and rows is None else [], set())
    width = _usual_width(rows or _plain(text, separator))
    if rows is not None and not any(_is_swallowed(cell, separator, width) for row in rows for cell in row):
        return Cut(rows, [], set())
    if '\\"' in text:
        again = _ESCAPED.sub(r'\1""', text)
        rows = _strict(again, separator)
        if rows is not None:
            return Cut(rows, ['quotes were read as escaped by a backslash (\\")'], set())
    return _repaired(text, separator, width)


def _plain(text: str, separator: str) -> list[list[str]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=csv.QUOTE_NONE)
    return list(lines)


def _strict(text: str, separator: str) -> list[list[str]] | None:
    """The rows, if every field that begins with a quote ends with one."""
    blank = separator not in LETTERS and f'{separator} "' in text
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=blank)
    try:
        return list(lines)
    except csv.Error:
        return None


def _are_needed(rows: Sequence[Sequence[str]], text: str, separator: str) -> bool:
    """Whether quotes are more than letters: nearly every row has them, or a field that cannot be without."""
    starts = len(re.findall(rf'(?:^|[{separator}\r\n])"', text))
    if starts >= 0.9 * len(rows) and len({len(row) for row in rows if row}) == 1:
        return True
    if any("\n" in cell and separator in cell for row in rows for cell in row):
        return False  # a quote that one row opens and another closes
    if any("\n" in cell or "\r" in cell or separator in cell for row in rows for cell in row):
        return True
    inner = rf'[^"{separator}\r\n]*'
    return bool(re.search(rf'(?:^|[{separator}\r\n])"{inner}(?:""{inner})+"(?:[{separator}\r\n]|$)', text))


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The number of fields that most rows have."""
    counts = Counter(len(row) for row in rows[:10_000] if row)
    return max(counts, key=lambda w: (counts[w], w)) if counts else 1


def _is_swallowed(cell: str, separator: str, width: int) -> bool:
    """Whether a field holds whole rows, since a quote before them was not closed."""
    if ("\n" not in cell and "\r" not in cell) or width < 2:
        return False
    inner = _ENDS.split(cell)[1:-1]
    return len(inner) >= _SWALLOWED and all(line.count(separator) == width - 1 for line in inner)


def _repaired(text: str, separator: str, width: int) -> Cut:
    """The rows of a text in which a quote is not closed: what it would swallow is read as rows of their own."""
    rows: list[list[str]] = []
    mended: set[int] = set()
    at = 0
    while at < len(text):
        found = _quoted_row(text, at, separator, width) if '"' in text[at : _line_end(text, at)[0]] else None
        if found is None:
            end, after = _line_end(text, at)
            cells = text[at:end].split(separator) if end > at else []
            if any(cell.lstrip(" ").startswith('"') for cell in cells):
                mended.add(len(rows))
        else:
            cells, after = found
        rows.append(cells)
        at = after
    return Cut(rows, [], mended)


def without_quotes(cell: str) -> str:
    """A field as it was meant, where its quotes do not tell: without the one before it, and that behind it.

    >>> without_quotes('"never closed'), without_quotes('"a "b" c"'), without_quotes('"Yes" he said')
    ('never closed', 'a "b" c', '"Yes" he said')
    """
    inner = cell.strip(" ")
    if not inner.startswith('"'):
        return cell
    if inner.count('"') % 2:
        return inner[1:]
    return inner[1:-1].replace('""', '"') if inner.endswith('"') else cell


def _line_end(text: str, at: int) -> tuple[int, int]:
    """Where a line ends, and where the next begins."""
    found = _ENDS.search(text, at)
    return (found.start(), found.end()) if found else (len(text), len(text))


def _quoted_row(text: str, at: int, separator: str, width: int) -> tuple[list[str], int] | None:
    """The fields of a row whose quotes are well closed, and where the next row begins; None where they are not."""
    cells: list[str] = []
    while True:
        cell, at = _field(text, at, separator) or (None, at)
        if cell is None or _is_swallowed(cell, separator, width):
            return None
        cells.append(cell)
        if at < len(text) and text[at] == separator:
            at += 1
            continue
        end = _line_end(text, at)
        return (cells, end[1]) if end[0] == at else None


def _field(text: str, at: int, separator: str) -> tuple[str, int] | None:
    """One field and where it ends; None where it opens a quote that is not closed before a separator or the end."""
    start = at
    while start < len(text) and text[start] == " ":
        start += 1
    if not text.startswith('"', start):
        end = _line_end(text, at)[0]
        there = text.find(separator, at, end)
        return (text[at : there if there >= 0 else end], there if there >= 0 else end)
    place = start + 1
    while True:
        place = text.find('"', place, start + _WIDEST_QUOTE)
        if place < 0:
            return None
        if not text.startswith('"', place + 1):
            break
        place += 2
    after = place + 1
    while after < len(text) and text[after] == " ":
        after += 1
    closed = after >= len(text) or text[after] in (separator, "\r", "\n")
    return (text[start + 1 : place].replace('""', '"'), after) if closed else None
