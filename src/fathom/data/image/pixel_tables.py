"""Tables that hold pictures themselves: a column for each grey value, or all of a picture as numbers in one cell.

label,pixel0,pixel1 … pixel783        also ``1x1 … 28x28``, or no names at all beside 784 numbers
emotion,pixels                        ``70 80 82 …``, as many numbers as a square has

Grey values are whole numbers from 0 to 255, row by row from the upper left.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.class_names import class_name
from fathom.data.table import tables
from fathom.data.table.table_files import lacks_column, without_target
from fathom.declared_options import NOT_GROUPED
from fathom.errors import UserError
from fathom.records import Example, Examples, InputKind, SkipKind, Skipped, Source

if TYPE_CHECKING:
    import polars as pl

_PIXEL = re.compile(r"(?:pixels?|px|pix)[ _-]?\d+(?:[ _-]\d+)?|\d+x\d+", re.IGNORECASE)
_NAMELESS = re.compile(r"column \d+|\d+")
_MIN_SIDE, _MIN_NAMELESS = 8, 28
"""Rows of pixels at least, and where the columns have no names."""
_DARKEST_WHITE = 64
"""A grey value that some pixel has at least: smaller numbers count something else."""
_LOOKED_AT = 100


@dataclass(frozen=True)
class _Pixels:
    """Where the pixels stand: the columns, one for each or one for all, and how many make a row."""

    columns: tuple[str, ...]
    side: int


def is_pixel_table(source: Source) -> bool:
    """Whether a table, or the training table of a folder, holds pictures beside other columns."""
    try:
        path = tables.files_of(source)[0][0] if source.path.is_dir() else source.path
        if not tables.is_table(path):
            return False
        frame = tables.read_table(path, tables.has_header(source))
        pixels = _pixels(frame)
        return pixels is not None and len(pixels.columns) < frame.width and source.target not in pixels.columns
    except (UserError, IndexError):
        return False


def targets_of(source: Source) -> list[Any]:
    """The targets in the (training) table, to tell what they are.

    Args:
        source: for which `is_pixel_table` holds.
    """
    path = tables.files_of(source)[0][0]
    frame = tables.read_table(path, tables.has_header(source))
    pixels = _pixels(frame)
    return frame[_target(frame, pixels, source, path)].drop_nulls().to_list() if pixels else []


def read_pixel_tables(source: Source) -> Examples:
    """The pictures as arrays ``(side, side)`` of uint8; ids are ``train/row 5`` and so on.

    Raises:
        UserError: no pictures, no such column, or one label only.
    """
    source = replace(source, group=None) if source.group == NOT_GROUPED else source
    items: list[Example] = []
    skipped: list[Skipped] = []
    target: str | None = None
    for path, prefix, split in tables.files_of(source):
        table = tables.load_table(path, tables.has_header(source))
        pixels = _pixels(table.frame)
        if pixels is None:
            raise UserError(f"{path} has no pixels as {source.text} has: give a table with the same columns")
        if target is None:
            tables.check_columns(source, table.frame.columns, path)
            target = _target(table.frame, pixels, source, path)
        if target not in table.frame.columns:
            if path in (source.dev, source.test):
                raise UserError(f"{path} {lacks_column(target, table.frame.columns[:20])}")
            skipped.append(Skipped(path.name, without_target(target, len(table.frame)), SkipKind.FILE))
            continue
        skipped.extend(replace(s, id=prefix + s.id) for s in table.skipped)
        for one in _read(table, pixels, target, source, split):
            named = replace(one, id=prefix + one.id)
            (items if isinstance(named, Example) else skipped).append(named)  # type: ignore[arg-type]
    if len({item.target for item in items}) < 2:
        raise UserError(f"the pictures in {source.text} have fewer than two values of {target}: give more rows")
    return Examples(tuple(items), tuple(skipped), "pictures", str(target), InputKind.PICTURE)


def read_pixels(path: Path) -> list[Example | Skipped] | None:
    """The pictures in a table, to be predicted: one for each row, without a target; None where it holds none.

    Args:
        path: of the table.
    """
    table = tables.load_table(path)
    pixels = _pixels(table.frame)
    if pixels is None:
        return None
    numbers = zip(table.numbers, _arrays(table.frame, pixels))
    rows = [(f"{path} row {number}", array) for number, array in numbers]
    return [Skipped(name, "no pixels") if array is None else Example(name, array) for name, array in rows]


def _pixels(frame: pl.DataFrame) -> _Pixels | None:
    """The pixels of a table; None where it has none."""
    import polars as pl

    for name in frame.columns if frame.width <= 10 else ():
        if frame[name].dtype == pl.String and (side := _side_in_cells(frame[name].drop_nulls().head(_LOOKED_AT))):
            return _Pixels((name,), side)
    named = tuple(c for c in frame.columns if _PIXEL.fullmatch(c))
    least = _MIN_SIDE
    if not named and all(_NAMELESS.fullmatch(c) for c in frame.columns[1:]):
        named, least = tuple(frame.columns[1:]), _MIN_NAMELESS
    side = math.isqrt(len(named))
    if side < least or side * side != len(named) or frame.width > len(named) + 10:
        return None
    some = frame.select(named).gather_every(max(1, frame.height // _LOOKED_AT))
    if not all(kind.is_integer() for kind in some.dtypes) or not _are_grey(some.to_numpy()):
        return None
    return _Pixels(named, side)


def _side_in_cells(cells: pl.Series) -> int:
    """The side of the squares whose grey values stand in each cell; 0 where they do not."""
    texts = cells.to_list()
    if not texts or not re.fullmatch(r"\d{1,3}(?:[ ,]+\d{1,3})+\s*", texts[0]):
        return 0
    rows = [_numbers(text) for text in texts]
    side = math.isqrt(len(rows[0]))
    alike = (
        side >= _MIN_SIDE
        and side * side == len(rows[0])
        and sum(len(r) == len(rows[0]) for r in rows) > 0.9 * len(rows)
    )
    return side if alike and _are_grey(np.concatenate(rows)) else 0


def _numbers(text: str) -> NDArray[np.int64]:
    return np.array([int(part) if part.isdecimal() else -1 for part in text.replace(",", " ").split()], np.int64)


def _are_grey(values: NDArray[Any]) -> bool:
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    return known.size > 0 and known.min() >= 0 and _DARKEST_WHITE <= known.max() <= 255


def _target(frame: pl.DataFrame, pixels: _Pixels, source: Source, path: Path) -> str:
    """The column that is predicted.

    Raises:
        UserError: it is not there, or several may be meant.
    """
    rest = frame.drop(pixels.columns)
    ready = tables.split_column(frame)
    others = [c for c in rest.columns if c not in (ready, *source.apart)]
    telling = [c for c in others if c.lower() in tables.TARGET_NAMES]
    if source.target is not None:
        return tables.find_target(rest, source.target, path)
    if len(others) != 1 and len(telling) != 1:
        names = tables.shorten_names(others) if others else "no column"
        raise UserError(f"{path} has pictures, and beside them {names}: name the one to predict with `target`")
    return (telling if len(telling) == 1 else others)[0]


def _arrays(frame: pl.DataFrame, pixels: _Pixels) -> Iterator[NDArray[np.uint8] | None]:
    """The picture of each row, ``(side, side)``; None where it has not the pixels of one."""
    import polars as pl

    side = pixels.side
    if len(pixels.columns) == 1:
        for text in frame[pixels.columns[0]].to_list():
            values = _numbers(text or "")
            whole = len(values) == side * side and values.min() >= 0 and values.max() <= 255
            yield values.astype(np.uint8).reshape(side, side) if whole else None
        return
    grid = frame.select(pixels.columns).cast(pl.Float32, strict=False).to_numpy()  # (rows, pixels), NaN where missing
    for row in grid:
        whole = bool(row.min() >= 0 and row.max() <= 255)
        yield row.astype(np.uint8).reshape(side, side) if whole else None


def _read(
    table: tables.Table, pixels: _Pixels, target: str, source: Source, split: str | None
) -> Iterator[Example | Skipped]:
    ready = tables.split_column(table.frame)
    beside = table.frame.drop(pixels.columns)
    rows = zip(table.numbers, beside.iter_rows(named=True), _arrays(table.frame, pixels))
    for number, row, array in rows:
        name, label = f"row {number}", row[target]
        if label is None or array is None:
            yield Skipped(name, f"no {target}" if label is None else f"not the {pixels.side}² pixels of a picture")
            continue
        said = split or (
            tables.SPLIT_NAMES[str(row[ready]).strip().lower()] if ready and row[ready] is not None else None
        )
        group = row.get(source.group) if source.group else None
        array.flags.writeable = False
        yield Example(
            name, array, class_name(label), group=None if group is None else class_name(group), split=split or said,
            content=hashlib.blake2b(array.tobytes(), digest_size=16).hexdigest(),
            metadata={k: v for k, v in row.items() if k not in (target, ready, source.group) and v is not None},
        )  # fmt: skip
