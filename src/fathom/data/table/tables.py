"""Tables as people have them: CSV of any kind, TSV, Parquet, JSON lines.

What can be repaired is repaired and logged (blank and repeated headers, Latin-1); rows that cannot be understood are
skipped with a reason; the rest becomes one `Example` a row, whose id is the row's number in the file.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fathom.data import repairs
from fathom.data.class_names import class_name
from fathom.data.label_sets import LabelSets
from fathom.data.one_hot import one_hot_target, tell_one_hot
from fathom.data.several_labels import other_labels, tell_other_labels
from fathom.data.table.cells import is_number_like, parse_number
from fathom.data.table.column_match import match_columns
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
    without_target,
)
from fathom.data.table.table_folders import TableFile, files_of, files_to_read, find_tables
from fathom.data.table.target_column import TARGET_NAMES, find_target, spelt_out
from fathom.declared_options import NOT_GROUPED
from fathom.errors import UserError
from fathom.records import Example, Examples, SkipKind, Skipped, Source

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


def has_header(source: Source) -> bool | None:
    """Whether the first line of a table names its columns, as it was said; None where nothing was."""
    return None if source.header is None else source.header == "yes"


Typing = Callable[[Sequence[Table], str], list["pl.DataFrame"]]
"""Tables as they lie there, and the name of the target → the same with their cells read."""


def read_rows(
    source: Source, typing: Typing | None = None, keep: Collection[str] = (), labels: LabelSets | None = None
) -> Examples:
    """One example a row, from one table, or from a folder with train, dev and test tables.

    Args:
        source: where they are.
        typing: reads the cells; without it, only what computers write is a number.
        keep: columns that are inputs even where they seem to be targets.
        labels: how targets are told, where they are more than what stands in a column.

    Raises:
        UserError: no rows, no such column, or a target that is always the same.
    """
    files = files_to_read(source)
    tables = [load_table(path, has_header(source), typed=typing is None) for path, _, _ in files]
    first = tables[0].frame
    tables = [tables[0], *(_named_as(first.columns, t, path) for t, (path, _, _) in zip(tables[1:], files[1:]))]
    target = find_target(first, source.target, files[0][0], source.apart) if labels is None else labels.columns[0]
    if labels is None and source.target is None:
        labels = one_hot_target(first, target, files[0][0], source.apart)
    if labels is not None and labels.exclusive:
        tell_one_hot(labels, files[0][0])
    files, tables, skipped = _with_target(files, tables, target, source)
    check_columns(source, first.columns, files[0][0])
    frames = typing(tables, target) if typing else same_types([table.frame for table in tables])
    splits = split_column(frames[0])
    others = labels.columns if labels else _other_targets(first, target, files[0][0], source, keep)
    apart = {target, splits, *others, *source.apart}
    name = labels.name if labels else target
    items: list[Example] = []
    for (_, prefix, ready), table, frame in zip(files, tables, frames):
        skipped.extend(replace(s, id=prefix + s.id) for s in table.skipped)
        told = _told(table, frame, target, labels)
        for i, (place, row) in enumerate(zip(table.numbers, frame.iter_rows(named=True))):
            own = f"{prefix}row {place}"
            features = {k: v for k, v in row.items() if k not in apart}
            if told[i] is None:
                skipped.append(Skipped(own, f"no {name}{_instead(table, target, i)}"))
            elif features and all(v is None for v in features.values()):
                skipped.append(Skipped(own, "nothing but empty fields"))
            else:
                said = SPLIT_NAMES[str(row[splits]).strip().lower()] if splits and row.get(splits) is not None else None
                items.append(_example(own, features, row, told[i], ready or said, source))
    if not items:
        instead = _all_instead(tables, target)
        advice = "fill it in, or name another column with --target"
        raise UserError(f"{source.text} has no rows with a {name}{instead}: {advice}")
    if all(item.target == items[0].target for item in items):
        raise UserError(one_value(source.text, first, name, [item.target for item in items]))
    return Examples(tuple(items), tuple(skipped), "rows", name, repeats=_equal_by_chance(items))


def _named_as(wanted: Sequence[str], table: Table, path: Path) -> Table:
    """A table whose columns have the names of the first table's, where they differ in case, blanks and signs alone."""
    found = match_columns(wanted, table.frame.columns)
    other = {there: name for name, there in found.items() if there != name}
    if not other:
        return table
    repairs.tell(f"its columns {shorten_names(list(other))} were taken for {shorten_names(list(other.values()))}", path)
    return replace(table, frame=table.frame.rename(other))


def _with_target(
    files: list[TableFile], tables: Sequence[Table], target: str, source: Source
) -> tuple[list[TableFile], list[Table], list[Skipped]]:
    """The tables that have the target, and those that are left out.

    Raises:
        UserError: the first lacks it, or one that was named for dev or test.
    """
    skipped: list[Skipped] = []
    for (file, _, _), table in zip(files, tables):
        if target not in table.frame.columns:
            if file in (files[0][0], source.dev, source.test):
                raise UserError(f"{file} {lacks_column(target, table.frame.columns)}")
            skipped.append(Skipped(file.name, without_target(target, len(table.frame)), SkipKind.FILE))
    kept = [i for i, table in enumerate(tables) if target in table.frame.columns]
    return [files[i] for i in kept], without_dots([tables[i] for i in kept], target), skipped


def _told(table: Table, frame: pl.DataFrame, target: str, labels: LabelSets | None) -> list[Any]:
    """The target of each row, None where there is none: of its column, or as its cells tell it untyped."""
    if labels is None:
        return frame[target].to_list()
    return [labels.told(row) for row in table.frame.select(labels.columns).iter_rows(named=True)]


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
    if source.group not in (None, NOT_GROUPED, *columns):
        raise UserError(f"{path} {lacks_column(str(source.group), columns, ' to group by')}")
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
    name: str, features: dict[str, Any], row: dict[str, Any], target: Any, split: str | None, source: Source
) -> Example:
    """A row as an example, with the columns that are no features beside it."""
    group = row.get(source.group) if source.group else None
    return Example(
        name,
        features,
        target,
        group=None if group is None else class_name(group),
        split=split,
        content=_digest(features) if features else "",
        metadata={k: row[k] for k in source.apart if row.get(k) is not None},
    )


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
