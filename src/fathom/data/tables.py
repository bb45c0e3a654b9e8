"""Tables as people have them: CSV of any kind, TSV, Parquet, JSON lines.

What can be repaired is repaired and logged (blank and repeated headers, Latin-1); rows that cannot be understood are
skipped with a reason; the rest becomes one `Example` a row, whose id is the row's number in the file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fathom.errors import UserError
from fathom.records import Example, Examples, Skipped, Source

if TYPE_CHECKING:
    import polars as pl

EXTENSIONS = frozenset({".csv", ".tsv", ".tab", ".parquet", ".jsonl", ".ndjson"})

SPLIT_NAMES = {
    "train": "train", "training": "train", "train-dev": "train-dev", "train_dev": "train-dev",
    "dev": "dev", "valid": "dev", "val": "dev", "validation": "dev", "development": "dev",
    "test": "test", "testing": "test",
}  # fmt: skip
"""What people call the splits."""

TARGET_NAMES = (
    "target", "label", "labels", "class", "y", "income", "outcome", "diagnosis", "species", "survived", "churn",
    "default", "quality", "category", "price",
)  # fmt: skip
"""Names by which a target column is found, the surest first."""

_NULLS = ("", "?", "NA", "N/A", "n/a", "na", "null", "NULL", "Null", "NaN", "nan", "NAN")
_SPLIT_COLUMNS = ("split", "subset", "partition")
_log = logging.getLogger("fathom")


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
        UserError: there is no table in it.
    """
    import polars as pl

    suffix = path.suffix.lower()
    try:
        if path.stat().st_size == 0:
            raise UserError(f"{path} is empty: give a table with a header and at least one row")
        if suffix == ".parquet":
            frame = pl.read_parquet(path)
            table = Table(frame, tuple(range(1, frame.height + 1)))
        elif suffix in (".jsonl", ".ndjson"):
            table = _read_jsonl(path)
        else:
            table = _read_csv(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UserError(f"{path} cannot be read as a table ({' '.join(str(error).split())[:120]})") from error
    for note in table.notes:
        _log.warning("%s: %s", path, note)
    return Table(_clean(table.frame), table.numbers, table.skipped, table.notes)


def read_rows(source: Source) -> Examples:
    """One example a row, from one table, or from a folder with train, dev and test tables.

    Raises:
        UserError: no rows, no such column, or a target that is always the same.
    """
    files = _files(source)
    tables = [load_table(path) for path, _, _ in files]
    first = tables[0].frame
    target = find_target(first, source.target, files[0][0], source.group)
    for (file, _, _), table in zip(files, tables):
        if target not in table.frame.columns:
            raise UserError(f"{file} has no column {target!r}; it has {_listed(table.frame.columns)}")
    if source.group is not None and source.group not in first.columns:
        raise UserError(f"{files[0][0]} has no column {source.group!r} to group by; it has {_listed(first.columns)}")
    frames = _same_types([table.frame for table in tables])
    splits = split_column(first)
    apart = {target, source.group, splits}
    items: list[Example] = []
    skipped: list[Skipped] = []
    for (_, prefix, ready), table, frame in zip(files, tables, frames):
        skipped.extend(Skipped(prefix + s.id, s.reason) for s in table.skipped)
        for number, row in zip(table.numbers, frame.iter_rows(named=True)):
            name = f"{prefix}row {number}"
            if row[target] is None:
                skipped.append(Skipped(name, f"no {target}"))
                continue
            features = {k: v for k, v in row.items() if k not in apart}
            if features and all(v is None for v in features.values()):
                skipped.append(Skipped(name, "nothing but empty fields"))
                continue
            group = row.get(source.group) if source.group else None
            where = ready or (SPLIT_NAMES[str(row[splits]).lower()] if splits and row.get(splits) is not None else None)
            items.append(
                Example(
                    name,
                    features,
                    row[target],
                    group=None if group is None else str(group),
                    split=where,
                    content=_digest(features) if features else "",
                )
            )
    if not items:
        raise UserError(f"{source.text} has no rows with a {target}: check the file")
    if all(item.target == items[0].target for item in items):
        raise UserError(
            f"the column {target!r} has the value {items[0].target!r} in every row, so that there is nothing to learn: "
            f"name another with --target, one of {_listed([c for c in first.columns if c != target])}"
        )
    return Examples(tuple(items), tuple(skipped), "rows", target)


def find_target(frame: pl.DataFrame, given: str | None, path: Path, group: str | None = None) -> str:
    """The column to predict: the one given, else one with a telling name, else the last.

    Raises:
        UserError: there is no such column, or no other to predict it from.
    """
    columns = list(frame.columns)
    if given is not None:
        if given in columns:
            return given
        same = [c for c in columns if c.lower() == given.strip().lower()]
        if len(same) == 1:
            return same[0]
        raise UserError(f"{path} has no column {given!r}; it has {_listed(columns)}")
    candidates = [c for c in columns if c not in (group, split_column(frame))]
    if len(candidates) < 2:
        raise UserError(
            f"{path} has only the column {_listed(columns)}: a table needs a target and something to predict it from"
        )
    for name in TARGET_NAMES:
        if found := [c for c in candidates if c.lower() == name]:
            return found[0]
    return candidates[-1]


def split_column(frame: pl.DataFrame) -> str | None:
    """The column that says which split a row came in, where every value of it is the name of a split."""
    for column in frame.columns:
        if column.lower() in _SPLIT_COLUMNS:
            values = frame[column].drop_nulls().unique().to_list()
            if values and all(str(v).lower() in SPLIT_NAMES for v in values):
                return column
    return None


def is_number_like(values: Sequence[Any]) -> bool:
    """Whether all values that are there are numbers, or text that spells numbers."""
    present = [v for v in values if v is not None and not (isinstance(v, str) and v.strip() in _NULLS)]
    return bool(present) and all(_number(v) is not None for v in present)


def kind_of_target(values: Sequence[Any]) -> Literal["classification", "regression"]:
    """Whether a target is a class or a quantity.

    A quantity is a number with more than 20 different values that has fractions, or of which more than 5 % of the
    values differ; or one with fractions of which more than half differ.
    """
    if not is_number_like(values):
        return "classification"
    numbers = [n for v in values if v is not None and (n := _number(v)) is not None]
    distinct = len(set(numbers))
    fractions = any(n != math.floor(n) for n in numbers if math.isfinite(n))
    if distinct > 20 and (fractions or distinct > 0.05 * len(numbers)):
        return "regression"
    return "regression" if fractions and distinct > max(2, len(numbers) / 2) else "classification"


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:20])
    return shown + (f" and {len(columns) - 20} more" if len(columns) > 20 else "")


def _files(source: Source) -> list[tuple[Path, str, str | None]]:
    """The tables of a source: path, prefix of the ids, ready-made split."""
    files: list[tuple[Path, str, str | None]]
    if source.path.is_dir():
        tables = sorted(p for p in source.path.iterdir() if p.is_file() and is_table(p) and not p.name.startswith("."))
        by_split: dict[str, Path] = {}
        for path in tables:
            if split := SPLIT_NAMES.get(path.stem.lower()):
                if split in by_split:
                    raise UserError(f"{by_split[split]} and {path} are both for {split}: keep one of them")
                by_split[split] = path
        if "train" in by_split:
            order = [s for s in ("train", "train-dev", "dev", "test") if s in by_split]
            files = [(by_split[s], f"{s}/", s) for s in order]
        elif len(tables) == 1:
            files = [(tables[0], "", None)]
        else:
            what = "no table" if not tables else f"{len(tables)} tables and none is named train"
            raise UserError(
                f"{source.path} has {what}: give one file, or a folder with train.csv, dev.csv and test.csv"
            )
    else:
        files = [(source.path, "", None)]
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            files = [f for f in files if f[2] != split] + [(extra, f"{split}/", split)]
    return files


def _digest(features: dict[str, Any]) -> str:
    """Of the values by column; numbers count the same whether written 1 or 1.0."""
    plain = {k: float(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in features.items()}
    text = json.dumps(plain, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _same_types(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """A column that is numbers in one table and text in another becomes text in all."""
    import polars as pl

    if len(frames) == 1:
        return frames
    casts: dict[str, Any] = {}
    for column in {c for frame in frames for c in frame.columns}:
        kinds = {frame.schema[column] for frame in frames if column in frame.columns}
        kinds.discard(pl.Null())
        if len(kinds) > 1:
            casts[column] = pl.Float64 if all(kind.is_numeric() for kind in kinds) else pl.String
    return [frame.with_columns(pl.col(c).cast(t) for c, t in casts.items() if c in frame.columns) for frame in frames]


def _decode(path: Path) -> tuple[str, list[str]]:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), []
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise UserError(f"{path} is a spreadsheet or zip file, not text: save it as CSV")
    if b"\0" in data[:4096]:
        raise UserError(f"{path} is not text: give a CSV, TSV, Parquet or JSON-lines file")
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return data.decode("latin-1"), ["not UTF-8, so read as Latin-1"]


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


def _read_csv(path: Path) -> Table:
    import polars as pl

    text, notes = _decode(path)
    separator = _separator(text, path.suffix.lower())
    csv.field_size_limit(1 << 27)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        header = next((row for row in lines if any(cell.strip() for cell in row)), None)
        if header is None:
            raise UserError(f"{path} is empty: give a table with a header and at least one row")
        first: list[list[str]] = []
        if len(header) > 1 and is_number_like(header) and all(cell.strip() for cell in header):
            first = [header]
            header = [f"column {i}" for i in range(1, len(header) + 1)]
            notes.append("the first line is numbers, so the columns were named column 1, column 2 …")
        names = _headers(header, notes)
        kept, numbers, skipped = [], [], []
        number = 0
        for rows in (first, lines):
            for row in rows:
                if not row or (len(row) == 1 and not row[0].strip()):
                    continue  # a blank line
                number += 1
                if len(row) > len(names) and not any(cell.strip() for cell in row[len(names) :]):
                    row = row[: len(names)]
                if len(row) != len(names):
                    skipped.append(Skipped(f"row {number}", f"{len(row)} fields where the header has {len(names)}"))
                    continue
                kept.append(row)
                numbers.append(number)
    except csv.Error as error:
        raise UserError(f"{path} cannot be read as a table ({error})") from error
    if not kept:
        why = f", since {skipped[0].id} has {skipped[0].reason}" if skipped else ""
        raise UserError(f"{path} has a header but no usable rows{why}")
    frame = pl.DataFrame(dict(zip(names, zip(*kept))), schema=dict.fromkeys(names, pl.String))
    blank = [
        name for name, cell in zip(names, header)
        if not cell.strip() and frame[name].str.strip_chars().is_in(list(_NULLS)).all()
    ]  # fmt: skip
    return Table(frame.drop(blank), tuple(numbers), tuple(skipped), tuple(notes))


def _headers(header: Sequence[str], notes: list[str]) -> list[str]:
    """Names without spaces around them, without blanks, without repetitions."""
    names: list[str] = []
    for i, cell in enumerate(header, 1):
        name = cell.strip()
        if not name:
            name = f"column {i}"
        base, n = name, 1
        while name in names:
            n += 1
            name = f"{base} ({n})"
        if n > 1:
            notes.append(f"the header {base!r} is there twice, so one was named {name!r}")
        names.append(name)
    return names


def _read_jsonl(path: Path) -> Table:
    import polars as pl

    text, notes = _decode(path)
    kept, numbers, skipped = [], [], []
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
        kept.append({str(k): _scalar(v) for k, v in row.items()})
        numbers.append(number)
    if not kept:
        raise UserError(f"{path} has no lines that are JSON objects")
    names = list(dict.fromkeys(name for row in kept for name in row))
    columns = {name: _column([row.get(name) for row in kept]) for name in names}
    return Table(pl.DataFrame(columns, strict=False), tuple(numbers), tuple(skipped), tuple(notes))


def _scalar(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _column(values: list[Any]) -> list[Any]:
    """Of one type: numbers, or text."""
    kinds = {type(v) for v in values if v is not None}
    if kinds <= {int, float}:
        return [None if v is None else float(v) for v in values] if float in kinds else values
    return [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]


def _clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers as numbers, all else as stripped text, and null for what stands for nothing."""
    import polars as pl

    columns = []
    for column in frame.iter_columns():
        kind = column.dtype
        if kind.is_float():
            column = column.cast(pl.Float64).fill_nan(None)
        elif kind.is_integer() or kind.is_decimal():
            column = column.cast(pl.Int64 if kind.is_integer() else pl.Float64, strict=False)
        else:
            column = _typed(_text(column))
        columns.append(column)
    return pl.DataFrame(columns)


def _text(column: pl.Series) -> pl.Series:
    import polars as pl

    if column.dtype == pl.String:
        return column
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        values = [None if v is None else json.dumps(v, default=str) for v in column.to_list()]
        return pl.Series(column.name, values, dtype=pl.String)


def _typed(column: pl.Series) -> pl.Series:
    import polars as pl

    column = column.str.strip_chars()
    column = column.set(column.is_in(list(_NULLS)), None)
    missing = column.null_count()
    if missing == len(column) or column.str.contains(r"^[+-]?0\d").any():
        return column  # nothing there, or codes such as 00123
    if column.str.contains(r"^[+-]?[\d.]").all():
        for kind in (pl.Int64, pl.Float64):
            cast = column.cast(kind, strict=False)
            if cast.null_count() == missing:
                return cast
    return column
