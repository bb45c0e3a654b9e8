"""From a file to a table: CSV of any kind, TSV, Parquet, Arrow, JSON, ARFF, libsvm and fastText, packed or not.

What can be repaired is repaired and noted (blank and repeated headers, Latin-1, decimal commas); rows that cannot be
understood are skipped with a reason; what is no table, or more than can be handled, is refused with a sentence.
"""

from __future__ import annotations

import contextlib
import heapq
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.data import repairs
from fathom.data.decoding import decode
from fathom.data.foreign_files import foreign, magic_of
from fathom.data.table.cells import clean_column
from fathom.data.table.delimited_table import read_delimited
from fathom.data.table.flat import flat_table
from fathom.data.table.json_table import read_json, read_json_lines
from fathom.data.table.other_text_tables import read_arff, read_labelled_lines, read_sparse
from fathom.data.table.raw_table import BLANK, RawTable, check_cells, check_columns
from fathom.data.table.table_forms import BY_NAME, Form, form_of
from fathom.data.table.unpacking import PACKED, inner_name, unpack
from fathom.errors import Unreadable, UserError
from fathom.library_reasons import reason_of
from fathom.records import Skipped
from fathom.spelling import did_you_mean

if TYPE_CHECKING:
    import polars as pl

EXTENSIONS = frozenset(BY_NAME)
_WEB_PAGE = re.compile(r"\s*<(?:!doctype html|html[\s>])", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        frame: its columns, typed, with nulls.
        numbers: the number of each row in the file, the first row of data being 1.
        notes: what was repaired, in words.
        faults: why a row of the file is not in the frame, by its number; blank lines between rows count as rows.
        commas: commas do not part its fields, so that one in a number may be a decimal comma.
    """

    frame: pl.DataFrame
    numbers: tuple[int, ...]
    notes: tuple[str, ...] = ()
    faults: Mapping[int, str] = field(default_factory=dict)
    commas: bool = False

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The rows that could not be understood; a blank line is no row."""
        return tuple(Skipped(f"row {number}", why) for number, why in self.faults.items() if why != BLANK)

    def rows(self) -> Iterator[tuple[int, dict[str, Any] | str]]:
        """The number of each row of the file, and its cells by column or why it is none, in order."""
        whole: Iterable[tuple[int, dict[str, Any] | str]] = zip(self.numbers, self.frame.iter_rows(named=True))
        yield from heapq.merge(whole, sorted(self.faults.items()), key=lambda pair: pair[0])


def is_table(path: Path) -> bool:
    """Whether a file is a table: by its name, or by its content where the name does not tell."""
    return form_of(path) is not None


def read_table(path: Path, header: bool | None = None) -> pl.DataFrame:
    """The table in a file; see `load_table` for what was skipped and repaired."""
    return load_table(path, header).frame


def load_table(path: Path, header: bool | None = None, known: Collection[str] = (), *, typed: bool = True) -> Table:
    """Reads a file of any form of table.

    Args:
        path: the file.
        header: whether the first row of delimited text is one of names; None finds out.
        known: names that its columns are expected to have, since those of another table have them.
        typed: numbers that are written as computers write them become numbers, and marks for something missing null;
            else cells are left as they are, for `columns.read_columns`.

    Raises:
        UserError: there is no table in it, or one with more than `_MAX_COLUMNS` columns.
    """
    import polars as pl

    notes: list[str] = []
    try:
        if path.stat().st_size == 0:
            raise UserError(f"{path} is empty: give a table with a header and at least one row")
        raw = _remembered(path, notes, header, known)
        frame = _cleaned(raw, notes) if typed else flat_table(raw.frame)
    except (OSError, MemoryError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        why = reason_of(error, 120)
        raise UserError(f"{path} cannot be read as a table ({why}): check that the file is whole") from error
    for note in notes:
        repairs.tell(note, path)
    return Table(frame, tuple(raw.numbers), tuple(notes), raw.faults, raw.decimal_comma)


@contextlib.contextmanager
def each_read_once() -> Iterator[None]:
    """Within it a table that is asked for again is not read again, as when each task looks whether it is its own."""
    global _kept, _kept_clean
    _kept, _kept_clean = {}, {}
    try:
        yield
    finally:
        _kept = _kept_clean = None


_kept: dict[Any, tuple[RawTable, list[str]]] | None = None
_kept_clean: dict[int, tuple[pl.DataFrame, list[str]]] | None = None
"""By the identity of what is in `_kept`: of a table of many columns, to clean it takes longer than to read it."""


def _remembered(path: Path, notes: list[str], header: bool | None, known: Collection[str]) -> RawTable:
    """As `_read` does, or as it did within `each_read_once`."""
    if _kept is None:
        return _read(path, notes, header, known)
    status = path.stat()
    key = (path, status.st_mtime_ns, status.st_size, header, tuple(known))
    if key not in _kept:
        told: list[str] = []
        _kept[key] = _read(path, told, header, known), told
    raw, told = _kept[key]
    notes.extend(told)
    return raw


def _cleaned(raw: RawTable, notes: list[str]) -> pl.DataFrame:
    """Its cells as numbers, text and null, and what was changed is noted; as before within `each_read_once`."""
    if _kept_clean is None:
        return clean_column(raw.frame, notes, raw.decimal_comma)
    if id(raw) not in _kept_clean:
        told: list[str] = []
        _kept_clean[id(raw)] = clean_column(raw.frame, told, raw.decimal_comma), told
    frame, told = _kept_clean[id(raw)]
    notes.extend(told)
    return frame


def _read(path: Path, notes: list[str], header: bool | None, known: Collection[str]) -> RawTable:
    form = form_of(path)
    if form in (Form.PARQUET, Form.ARROW):
        if path.suffix.lower() in PACKED:
            raise UserError(f"{path} holds a {form} file, which is packed already: unpack it, and give that")
        with _silenced():
            frame = _read_parquet(path) if form == Form.PARQUET else _read_arrow(path)
        return RawTable(frame, list(range(1, frame.height + 1)))
    if form is None and (what := foreign(path)):
        raise UserError(f"{path} is {what}")
    packed = path.suffix.lower() in PACKED
    text = _decode(path, unpack(path) if packed else path.read_bytes(), notes)
    if form == Form.JSON_LINES:
        return read_json_lines(path, text, notes)
    if form == Form.JSON:
        return read_json(path, text, notes)
    if form == Form.ARFF:
        return read_arff(path, text, notes)
    if form == Form.SPARSE:
        return read_sparse(path, text)
    if form == Form.LABELLED:
        return read_labelled_lines(path, text)
    if _WEB_PAGE.match(text):
        raise UserError(f"{path} is a web page, not a table: download the table itself, or save the one in it as CSV")
    suffix = Path(inner_name(path)).suffix if packed else path.suffix
    return read_delimited(path, text, suffix.lower(), notes, header, known)


def shorten_names(columns: Sequence[str]) -> str:
    """The first names, each short enough for a sentence."""
    shown = [" ".join("".join(c if c.isprintable() else " " for c in name[:60]).split()) for name in columns[:20]]
    text = ", ".join(name if len(name) <= 40 else name[:39] + "…" for name in shown)
    return text + (f" and {len(columns) - 20:,} more" if len(columns) > 20 else "")


def lacks_column(name: str, columns: Sequence[str], what: str = "") -> str:
    """What to say of a table without a column of that name, with the nearest one; follows the name of its file.

    Args:
        name: that is missing.
        columns: those that are there.
        what: it was to be used for, with a blank before it.

    >>> lacks_column("prise", ["rooms", "price"])
    "has no column 'prise' (did you mean price?); it has rooms, price"
    """
    return f"has no column {name[:60]!r}{what}{did_you_mean(name, columns)}; it has {shorten_names(columns)}"


def without_target(target: str, rows: int) -> str:
    """Why a table beside that for training is left out that lacks the target, as a competition's ``test.csv`` does.

    >>> without_target("price", 4)
    "has no column 'price': its 4 rows can be predicted, not judged"
    """
    return f"has no column {target!r}: its {f'{rows:,} rows' if rows > 1 else 'row'} can be predicted, not judged"


def column_called(name: str) -> str:
    """A column in a sentence, by its name, short enough for one.

    >>> column_called("price")
    "the column 'price'"
    """
    return f"the column {shorten_names([name])!r}"


def _decode(path: Path, data: bytes, notes: list[str]) -> str:
    if kind := magic_of(data):
        raise UserError(f"{path} is {kind}")
    try:
        found = decode(data)
    except Unreadable:
        raise UserError(f"{path} is not text: give a CSV, TSV, Parquet or JSON-lines file") from None
    notes.extend(found.notes)
    return found.text


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
    return _collected(path, pl.scan_parquet(path, glob=False))


def _read_arrow(path: Path) -> pl.DataFrame:
    """The table of an Arrow or Feather file, unless it claims to be much more than can be in so few bytes."""
    import polars as pl

    with path.open("rb") as file:
        if not file.read(6).startswith(b"ARROW1"):
            raise UserError(f"{path} is no Arrow or Feather file of version 2: save it as Parquet")
    return _collected(path, pl.scan_ipc(path, glob=False))


def _collected(path: Path, lazy: pl.LazyFrame) -> pl.DataFrame:
    """What a file holds, once its own counts of columns and rows can be true; nothing of it is decoded before.

    Raises:
        UserError: they cannot, or there are none.
    """
    import polars as pl

    columns = len(lazy.collect_schema())
    check_columns(path, columns)
    rows = int(lazy.select(pl.len()).collect().item())
    check_cells(path, rows, columns)
    if not rows or not columns:
        raise UserError(f"{path} has no rows: give a table with at least one")
    return lazy.collect()
