"""From a file to a table: CSV of any kind, TSV, Parquet, JSON lines.

What can be repaired is repaired and noted (blank and repeated headers, Latin-1, decimal commas); rows that cannot be
understood are skipped with a reason; what is no table, or more than can be handled, is refused with a sentence.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.data.table.cells import NULLS, clean_column, is_number_like
from fathom.errors import UserError
from fathom.records import Skipped
from fathom.validation import MAX_CELLS, MAX_CELLS_PER_BYTE

if TYPE_CHECKING:
    import polars as pl

EXTENSIONS = frozenset({".csv", ".tsv", ".tab", ".parquet", ".jsonl", ".ndjson"})
_MAX_COLUMNS = 20_000
_MAX_NAME_LENGTH = 10_000
"""Characters of a column's name; a longer one is no name, but a quote that is not closed."""

_CONTROL = bytes({*range(9), *range(14, 27), *range(28, 32), 127})
_KINDS = {
    b"PK\x03\x04": "a spreadsheet or zip file, not text: save it as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet, not text: save it as CSV",
    b"\x1f\x8b": "compressed: unpack it, and give what was in it",
    b"PAR1": "a Parquet file: give it a name that ends in .parquet",
    b"%PDF": "a PDF, not a table: save the table as CSV",
}
_log = logging.getLogger("fathom")
_told: set[tuple[Path, str]] = set()


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        frame: its columns, typed, with nulls.
        numbers: the number of each row in the file, the first row of data being 1.
        skipped: rows that could not be understood.
        notes: what was repaired, in words.
    """

    frame: pl.DataFrame
    numbers: tuple[int, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = field(default=())


def is_table(path: Path) -> bool:
    """Whether the name is that of a table."""
    return path.suffix.lower() in EXTENSIONS


def read_table(path: Path) -> pl.DataFrame:
    """The table in a file; see `load_table` for what was skipped and repaired."""
    return load_table(path).frame


def load_table(path: Path) -> Table:
    """Reads a CSV, TSV, Parquet or JSON-lines file.

    Raises:
        UserError: there is no table in it, or one with more than `_MAX_COLUMNS` columns.
    """
    import polars as pl

    suffix = path.suffix.lower()
    notes: list[str] = []
    comma = False
    try:
        if path.stat().st_size == 0:
            raise UserError(f"{path} is empty: give a table with a header and at least one row")
        if suffix == ".parquet":
            with _silenced():
                frame = _read_parquet(path)
            numbers, skipped = list(range(1, frame.height + 1)), list[Skipped]()
        elif suffix in (".jsonl", ".ndjson"):
            frame, numbers, skipped = _read_jsonl(path, notes)
        else:
            text = _decode(path, notes)
            separator = _separator(text, suffix)
            comma = separator != ","
            frame, numbers, skipped = _read_csv(path, text, separator, notes)
        frame = clean_column(frame, notes, comma)
    except (OSError, MemoryError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        why = " ".join(str(error).split())[:120] or "it is too large for the memory"
        raise UserError(f"{path} cannot be read as a table ({why}): check that the file is whole") from error
    for note in notes:
        if (path, note) not in _told:  # a table is read more than once
            _told.add((path, note))
            _log.warning("%s: %s", path, note)
    return Table(frame, tuple(numbers), tuple(skipped), tuple(notes))


def shorten_names(columns: Sequence[str]) -> str:
    """The first names, each short enough for a sentence."""
    shown = [" ".join("".join(c if c.isprintable() else " " for c in name[:60]).split()) for name in columns[:20]]
    text = ", ".join(name if len(name) <= 40 else name[:39] + "…" for name in shown)
    return text + (f" and {len(columns) - 20:,} more" if len(columns) > 20 else "")


def _check_columns(path: Path, n: int) -> None:
    if n > _MAX_COLUMNS:
        raise UserError(f"{path} has {n:,} columns, more than {_MAX_COLUMNS:,}: keep those that say something")


def _decode(path: Path, notes: list[str]) -> str:
    data = path.read_bytes()
    for encoding, marks in (
        ("utf-32", (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),
        ("utf-16", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
    ):
        if data.startswith(marks):
            return data.decode(encoding, "replace")
    if kind := next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), None):
        raise UserError(f"{path} is {kind}")
    head = data[: 1 << 16]
    odd = len(head) - len(head.translate(None, _CONTROL))
    if b"\0" in head[:4096] or odd > max(3, len(head) // 200):
        raise UserError(f"{path} is not text: give a CSV, TSV, Parquet or JSON-lines file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("not UTF-8, so read as Latin-1")
        return data.decode("latin-1")


def _separator(text: str, suffix: str) -> str:
    """The separator that cuts the first lines into the same number of fields, the most of them."""
    if suffix in (".tsv", ".tab"):
        return "\t"
    head = [line for line in text[:100_000].splitlines()[:50] if line.strip()]
    if len(head) > 1 and len(text) > 100_000:
        head = head[:-1]
    best, score = ",", (0, 0.0)
    for separator in (",", ";", "\t", "|"):
        widths = [len(row) for row in csv.reader(head, delimiter=separator)]
        usual = max(set(widths), key=lambda w: (widths.count(w), w)) if widths else 1
        agree = widths.count(usual) / max(len(widths), 1)
        if usual > 1 and (int(agree * 4), usual) > score:
            best, score = separator, (int(agree * 4), usual)
    return best


def _read_csv(path: Path, text: str, separator: str, notes: list[str]) -> tuple[pl.DataFrame, list[int], list[Skipped]]:
    import polars as pl

    csv.field_size_limit(1 << 27)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        header = next((row for row in lines if any(cell.strip() for cell in row)), None)
        if header is None:
            raise UserError(f"{path} is empty: give a table with a header and at least one row")
        _check_columns(path, len(header))
        first: list[list[str]] = []
        if len(header) > 1 and is_number_like(header) and all(cell.strip() for cell in header):
            first = [header]
            header = [f"column {i}" for i in range(1, len(header) + 1)]
            notes.append("the first line is numbers, so the columns were named column 1, column 2 …")
        names = _headers(path, header, notes)
        open_quote = text.count('"') % 2 == 1
        kept, numbers, skipped = _rows([*first], lines, len(names), open_quote)
    except csv.Error as error:
        raise UserError(f"{path} cannot be read as a table ({error}): save it as CSV again") from error
    if not kept:
        why = f", since {skipped[0].id} has {skipped[0].reason}" if skipped else ""
        raise UserError(f"{path} has a header but no usable rows{why}: check the file")
    frame = pl.DataFrame(dict(zip(names, zip(*kept))), schema=dict.fromkeys(names, pl.String))
    blank = [
        name for name, cell in zip(names, header)
        if not cell.strip() and frame[name].str.strip_chars().is_in(list(NULLS)).all()
    ]  # fmt: skip
    return frame.drop(blank), numbers, skipped


def _rows(
    first: list[list[str]], lines: Iterable[list[str]], width: int, open_quote: bool
) -> tuple[list[list[str]], list[int], list[Skipped]]:
    """The rows of that many fields, their numbers, and what was skipped."""
    kept: list[list[str]] = []
    numbers: list[int] = []
    skipped: list[Skipped] = []
    number = 0
    for rows in (first, lines):
        for row in rows:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue  # a blank line
            number += 1
            if len(row) > width and not any(cell.strip() for cell in row[width:]):
                row = row[:width]
            if len(row) == width:
                kept.append(row)
                numbers.append(number)
                continue
            reason = f"{len(row)} field{'s' if len(row) != 1 else ''} where the header has {width}"
            spans = 1 + max(cell.count("\n") for cell in row)
            if spans > 1:
                reason += f", over {spans} lines; perhaps a quote is not closed"
            skipped.append(Skipped(f"row {number}", reason))
    if open_quote and kept and numbers[-1] == number:  # what is not closed has swallowed all lines that follow
        spans = 1 + max(cell.count("\n") for cell in kept[-1])
        if spans > 1:
            skipped.append(Skipped(f"row {number}", f"a quote that is not closed, over {spans} lines"))
            del kept[-1], numbers[-1]
    return kept, numbers, skipped


def _headers(path: Path, header: Sequence[str], notes: list[str]) -> list[str]:
    """Names without spaces around them, without blanks, without repetitions."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for i, cell in enumerate(header, 1):
        name = cell.strip() or f"column {i}"
        if len(name) > _MAX_NAME_LENGTH:
            raise UserError(
                f"{path} has a header whose field {i} has {len(name):,} characters: close the quote that is open there"
            )
        base = name
        while name in names:
            counts[base] = counts.get(base, 1) + 1
            name = f"{base} ({counts[base]})"
        if name != base:
            notes.append(f"the header {base[:40]!r} is there twice, so one was named {name[:50]!r}")
        names[name] = None
    del notes[20:]
    return list(names)


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Without what the library itself prints of a damaged file: its traces are no sentence."""
    try:
        kept = os.dup(2)
    except OSError:  # there is nowhere to print to
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _read_parquet(path: Path) -> pl.DataFrame:
    """The table, unless it claims to be much more than can be in so few bytes."""
    import polars as pl

    with path.open("rb") as file:
        ends = [file.read(4)]
        file.seek(-4, io.SEEK_END)
        ends.append(file.read(4))
    if ends != [b"PAR1", b"PAR1"]:
        raise UserError(f"{path} is no Parquet file, or was cut off: write or download it again")
    lazy = pl.scan_parquet(path, glob=False)
    columns = len(lazy.collect_schema())
    _check_columns(path, columns)
    rows = int(lazy.select(pl.len()).collect().item())
    _check_cells(path, rows, columns)
    if not rows or not columns:
        raise UserError(f"{path} has no rows: give a table with at least one")
    return lazy.collect()


def _check_cells(path: Path, rows: int, columns: int) -> None:
    cells, there = rows * columns, path.stat().st_size
    if cells > MAX_CELLS and cells > MAX_CELLS_PER_BYTE * there:
        raise UserError(f"{path} claims {cells:,} cells, which cannot be in {there:,} bytes: write it again")


def _read_jsonl(path: Path, notes: list[str]) -> tuple[pl.DataFrame, list[int], list[Skipped]]:
    import polars as pl

    text = _decode(path, notes)
    kept: list[dict[str, Any]] = []
    numbers: list[int] = []
    skipped: list[Skipped] = []
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
            skipped.append(Skipped(f"row {number}", "not a JSON object"))
            continue
        kept.append({_without_surrogates(k): _scalar(v) for k, v in row.items()})
        numbers.append(number)
    names = list(dict.fromkeys(name for row in kept for name in row))
    if not names:
        raise UserError(f'{path} has no lines that are JSON objects: write one a row, such as {{"age": 39}}')
    _check_columns(path, len(names))
    _check_cells(path, len(kept), len(names))
    columns = {name: _column([row.get(name) for row in kept]) for name in names}
    return pl.DataFrame(columns, strict=False), numbers, skipped


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
