"""Tables as people have them: CSV of any kind, TSV, Parquet, JSON lines.

What can be repaired is repaired and logged (blank and repeated headers, Latin-1); rows that cannot be understood are
skipped with a reason; the rest becomes one `Example` a row, whose id is the row's number in the file.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from fathom.data import repairs
from fathom.data.class_names import class_name
from fathom.data.several_labels import other_labels, tell_other_labels
from fathom.data.splits.split_folders import split_word
from fathom.data.table.cells import is_number_like, parse_number
from fathom.data.table.label_dots import without_dots
from fathom.data.table.one_value import one_value
from fathom.data.table.split_column import SPLIT_NAMES, split_column
from fathom.data.table.table_files import (
    EXTENSIONS,
    Table,
    is_table,
    lacks_column,
    load_table,
    read_table,
    shorten_names,
)
from fathom.data.table.target_column import TARGET_NAMES, find_target, spelt_out
from fathom.data.table.unread_tables import tell_unread
from fathom.errors import UserError
from fathom.records import SPLITS, Example, Examples, SkipKind, Skipped, Source

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "EXTENSIONS",
    "SPLIT_NAMES",
    "TARGET_NAMES",
    "Table",
    "check_columns",
    "files_of",
    "find_tables",
    "find_target",
    "has_header",
    "is_number_like",
    "is_table",
    "load_table",
    "read_rows",
    "read_table",
    "shorten_names",
    "spelt_out",
    "split_column",
    "target_kind",
]  # fmt: skip

_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
"""At the end of the names of the parts of one table."""
_FEW_FILES = 20
"""Files in a folder up to which their content is looked at where no name is that of a table."""
_SPLIT_ENDINGS = {".data": "train", ".train": "train", ".test": "test"}
"""What the endings of older collections say."""
_FORM_ENDINGS = EXTENSIONS | {".ft", ".txt"}
"""What may stand before the last ending of a name and says the form of a table; fastText's is ``.ft.txt``."""


def has_header(source: Source) -> bool | None:
    """Whether the first line of a table names its columns, as it was said; None where nothing was."""
    return None if source.header is None else source.header == "yes"


Typing = Callable[[Sequence[Table], str], list["pl.DataFrame"]]
"""Tables as they lie there, and the name of the target → the same with their cells read."""


def read_rows(source: Source, typing: Typing | None = None, keep: Collection[str] = ()) -> Examples:
    """One example a row, from one table, or from a folder with train, dev and test tables.

    Args:
        source: where they are.
        typing: reads the cells; without it, only what computers write is a number.
        keep: columns that are inputs even where they seem to be targets.

    Raises:
        UserError: no rows, no such column, or a target that is always the same.
    """
    files = _files(source)
    tables = [load_table(path, has_header(source), typed=typing is None) for path, _, _ in files]
    first = tables[0].frame
    target = find_target(first, source.target, files[0][0], source.apart)
    skipped: list[Skipped] = []
    for (file, _, _), table in zip(files, tables):
        if target not in table.frame.columns:
            if file in (files[0][0], source.dev, source.test):
                raise UserError(f"{file} {lacks_column(target, table.frame.columns)}")
            why = f"has no column {target!r}, and {len(table.frame):,} rows"  # a competition's test.csv
            skipped.append(Skipped(file.name, why, SkipKind.FILE))
    kept = [i for i, table in enumerate(tables) if target in table.frame.columns]
    files, tables = [files[i] for i in kept], without_dots([tables[i] for i in kept], target)
    check_columns(source, first.columns, files[0][0])
    frames = typing(tables, target) if typing else same_types([table.frame for table in tables])
    splits = split_column(frames[0])
    apart = {target, splits, *_other_targets(first, target, files[0][0], source, keep), *source.apart}
    items: list[Example] = []
    for (_, prefix, ready), table, frame in zip(files, tables, frames):
        skipped.extend(replace(s, id=prefix + s.id) for s in table.skipped)
        for i, (place, row) in enumerate(zip(table.numbers, frame.iter_rows(named=True))):
            name = f"{prefix}row {place}"
            features = {k: v for k, v in row.items() if k not in apart}
            if row[target] is None:
                skipped.append(Skipped(name, f"no {target}{_instead(table, target, i)}"))
            elif features and all(v is None for v in features.values()):
                skipped.append(Skipped(name, "nothing but empty fields"))
            else:
                said = SPLIT_NAMES[str(row[splits]).strip().lower()] if splits and row.get(splits) is not None else None
                items.append(_example(name, features, row, target, ready or said, source))
    if not items:
        instead = _all_instead(tables, target)
        advice = "fill it in, or name another column with --target"
        raise UserError(f"{source.text} has no rows with a {target}{instead}: {advice}")
    if all(item.target == items[0].target for item in items):
        raise UserError(one_value(source.text, first, target, [item.target for item in items]))
    return Examples(tuple(items), tuple(skipped), "rows", target, repeats=_equal_by_chance(items))


def _other_targets(
    frame: pl.DataFrame, target: str, path: Path, source: Source, keep: Collection[str]
) -> Sequence[str]:
    """The columns that are no inputs, being targets, too; they are told."""
    others = other_labels(frame, target, path, source.apart, named=source.target is not None)
    others = [name for name in others if name not in keep]
    tell_other_labels(others, target, path)
    return others


def _instead(table: Table, target: str, place: int) -> str:
    """What stands there instead of a target, as far as it is known."""
    there = table.frame[target][place]
    return "" if there is None or not str(there).strip() else f" but {str(there).strip()[:40]!r}"


def _all_instead(read: Sequence[Table], target: str) -> str:
    """What stands instead of targets where none is known."""
    marks = sorted({str(v).strip() for table in read for v in table.frame[target].unique() if v is not None} - {""})
    return f" ({shorten_names(marks)} stand{'s' * (len(marks) == 1)} for nothing there)" if marks else ""


def check_columns(source: Source, columns: Sequence[str], path: Path) -> None:
    """Refuse columns that were named and are not there.

    Raises:
        UserError: names the first.
    """
    if source.group is not None and source.group not in columns:
        raise UserError(f"{path} {lacks_column(source.group, columns, ' to group by')}")
    for name in sorted(source.apart):
        if name not in columns:
            raise UserError(f"{path} {lacks_column(name, columns)}")


def target_kind(values: Sequence[Any]) -> Literal["classification", "regression"]:
    """Whether a target is a class or a quantity.

    A quantity is a number with more than 20 different values that has fractions, or one with fractions of which more
    than half differ. Of more than 20 whole numbers those that leave gaps (100, 319, 738 …) or begin with 0 or 1 number
    classes where each occurs about as often; those without gaps that begin elsewhere (18 to 80) count something, and so
    do others of which more than 5 % differ.
    """
    if not is_number_like(values):
        return "classification"
    numbers = [n for v in values if v is not None and (n := parse_number(v)) is not None]
    distinct = len(set(numbers))
    fractions = any(n != math.floor(n) for n in numbers if math.isfinite(n))
    if distinct > 20 and not fractions:
        return _kind_of_whole(Counter(map(int, numbers)))
    if distinct > 20:
        return "regression"
    return "regression" if fractions and distinct > max(2, len(numbers) / 2) else "classification"


def _kind_of_whole(counts: Counter[int]) -> Literal["classification", "regression"]:
    """Whether many different whole numbers are classes or a quantity, by how often each occurs."""
    low, mean = min(counts), counts.total() / len(counts)
    step = math.gcd(*(value - low for value in counts))
    dense = len(counts) >= 0.9 * ((max(counts) - low) // step + 1)
    even = mean >= 5 and min(counts.values()) >= mean / 4
    if dense and low not in (0, 1):
        return "regression"
    return "classification" if even or mean >= 20 else "regression"


def find_tables(folder: Path) -> list[tuple[Path, str, str | None]]:
    """The tables of a folder: path, prefix of the ids, ready-made split; one table, or train and others beside it.

    Returns:
        an empty list where there is no table, or several of which none is for training.

    Raises:
        UserError: two tables are for the same split.
    """
    tables = _tables_in(folder)
    by_split: dict[str, Path] = {}
    for path in tables:
        if split := SPLIT_NAMES.get(_bare_name(path)):
            if split in by_split:
                raise UserError(f"{by_split[split]} and {path} are both for {split}: keep one of them")
            by_split[split] = path
    if "train" in by_split:
        return [(by_split[s], f"{s}/", s) for s in ("train", "train-dev", "dev", "test") if s in by_split]
    return [(tables[0], "", None)] if len(tables) == 1 else _by_word(folder, tables)


def _by_word(folder: Path, tables: Sequence[Path]) -> list[tuple[Path, str, str | None]]:
    """Tables whose names have the word of a split, ``iris_train.csv``, or that are parts of one, as hubs give them."""
    if ended := _by_ending(folder, tables):
        return ended
    words = {path: split for path in tables if (split := split_word(path.stem)) in SPLITS}
    parts = {path for path in words if _SHARD.search(path.stem)}
    whole = Counter(split for path, split in words.items() if path not in parts)
    if "train" not in words.values() or len(set(words.values())) < 2 or (whole and (parts or max(whole.values()) > 1)):
        return []
    repairs.tell(", ".join(f"{path.name} was read as {split}" for path, split in list(words.items())[:5]), folder)
    found = [(path, f"{path.stem if path in parts else split}/", split) for path, split in words.items()]
    return sorted(found, key=lambda one: SPLITS.index(one[2]))


def _by_ending(folder: Path, tables: Sequence[Path]) -> list[tuple[Path, str, str | None]]:
    """Two tables of one name, of which the ending says the split: ``adult.data`` and ``adult.test``."""
    of = {_SPLIT_ENDINGS.get(path.suffix.lower()): path for path in tables}
    if len(tables) != 2 or of.keys() != {"train", "test"} or len({path.stem for path in tables}) > 1:
        return []
    repairs.tell(", ".join(f"{path.name} was read as {split}" for split, path in of.items()), folder)
    return [(of[split], f"{split}/", split) for split in ("train", "test")]


def _bare_name(path: Path) -> str:
    """The name of a table without the endings that tell its form: ``train`` of ``train.ft.txt`` and ``train.csv.gz``.

    Others stay, since ``train.1.csv`` and ``train.2.csv`` may be parts of one table.
    """
    name = PurePosixPath(path.stem.lower())
    while name.suffix in _FORM_ENDINGS:
        name = PurePosixPath(name.stem)
    return str(name)


def _tables_in(folder: Path) -> list[Path]:
    """The tables by their names; where there are none and few files at all, those that are tables by their content."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    named = [p for p in files if p.suffix.lower() in EXTENSIONS]
    return named or ([p for p in files if is_table(p)] if len(files) <= _FEW_FILES else [])


def mostly_different(items: Sequence[Example], columns: Iterable[str]) -> bool:
    """Whether some column has mostly different values, so that equal rows are no chance.

    Args:
        items: rows.
        columns: that are looked at.
    """
    return any(2 * len({str(item.input.get(name)) for item in items}) > len(items) for name in columns)


def _equal_by_chance(items: Sequence[Example]) -> bool:
    """Whether most rows equal another in a table of which no column has mostly different values.

    Were such rows kept together, whole kinds of cases would be missing in train, and dev would be of few.
    """
    digests = {item.content for item in items}
    if "" in digests or len(digests) < 2 or 2 * len(digests) > len(items):  # of one kind alone they are copies
        return False
    return not mostly_different(items, items[0].input)


def _example(
    name: str, features: dict[str, Any], row: dict[str, Any], target: str, split: str | None, source: Source
) -> Example:
    """A row as an example, with the columns that are no features beside it."""
    group = row.get(source.group) if source.group else None
    return Example(
        name,
        features,
        row[target],
        group=None if group is None else class_name(group),
        split=split,
        content=_digest(features) if features else "",
        metadata={k: row[k] for k in source.apart if row.get(k) is not None},
    )


def files_of(source: Source) -> list[tuple[Path, str, str | None]]:
    """The tables of a source: path, prefix of the ids, ready-made split; those of its folder may be none."""
    alone: list[tuple[Path, str, str | None]] = [(source.path, "", None)]
    found = find_tables(source.path) if source.path.is_dir() else alone
    return _with_extra(found, source)


def _files(source: Source) -> list[tuple[Path, str, str | None]]:
    """The tables of a source: path, prefix of the ids, ready-made split."""
    files: list[tuple[Path, str, str | None]]
    if source.path.is_dir():
        files = find_tables(source.path)
        if not files:
            n = len(_tables_in(source.path))
            what = "no table" if not n else f"{n} tables and none is named train"
            raise UserError(
                f"{source.path} has {what}: give one file, or a folder with train.csv, dev.csv and test.csv"
            )
        tell_unread(source.path, [path for path, _, _ in files])
    else:
        files = [(source.path, "", None)]
    return _with_extra(files, source)


def _with_extra(files: list[tuple[Path, str, str | None]], source: Source) -> list[tuple[Path, str, str | None]]:
    """The tables, with those that are named for dev and test in place of their own."""
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            files = [f for f in files if f[2] != split] + [(extra, f"{split}/", split)]
    return files


def _digest(features: dict[str, Any]) -> str:
    """Of the values by column; numbers count the same whether written 1 or 1.0."""
    plain = {
        k: float(v) if isinstance(v, int) and not isinstance(v, bool) and v < 1 << 63 else v
        for k, v in features.items()
    }
    text = json.dumps(plain, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def same_types(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """A column that is numbers in one table and text in another becomes text in all.

    Args:
        frames: tables that were read one by one.
    """
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


def names_to_ask(table: Table, path: Path, column: str | None, what: str) -> Iterator[tuple[str, str] | Skipped]:
    """The files that a table names, to be predicted: one for each row, without a target.

    Args:
        table: as it was read; what is in its other columns does not matter.
        path: of it.
        column: that holds the names, where there is one.
        what: they are: "pictures".

    Yields:
        what the row is called, and the name as it stands there; or the row, where it cannot be read or names none.

    Raises:
        UserError: there is no such column.
    """
    if column is None:
        names = shorten_names(table.frame.columns)
        raise UserError(f"no column of {path} holds names of {what}; it has {names}: give one with their paths")
    for number, row in table.rows():
        own = f"{path} row {number}"
        if isinstance(row, str) or row[column] is None:
            yield Skipped(own, row if isinstance(row, str) else f"no {column}")
        else:
            yield own, str(row[column])
