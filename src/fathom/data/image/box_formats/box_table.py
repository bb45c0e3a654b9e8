"""A table of boxes: a row for each, with the picture's file and the four sides of the box.

TensorFlow's and Kaggle's examples have ``filename,width,height,class,xmin,ymin,xmax,ymax``; Open Images has shares of
the picture's sides in place of pixels. Others have the four numbers as a list in one column, ``bbox``: left, top, width
and height as COCO means it, or four sides where only these lie within the pictures; or in four columns, such as x, y,
w and h (`box_columns`). A row without sides is a picture without a box.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.data.class_names import class_name
from fathom.data.image.box_formats import box_columns, listed_boxes
from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.image.listings import Listing, NearbyImages, find_listings, path_column
from fathom.data.listed_names import with_slashes
from fathom.data.table import tables
from fathom.errors import UserError
from fathom.records import Skipped
from fathom.validation import coordinate

if TYPE_CHECKING:
    import polars as pl

_SIDES = (("xmin", "ymin", "xmax", "ymax"), ("x1", "y1", "x2", "y2"), ("left", "top", "right", "bottom"))
_CLASS = ("class", "label", "classname", "labelname", "category", "name", "labels")
WITHOUT_NUMBERS = "boxes without four numbers"


@dataclass(frozen=True)
class _Columns:
    """The columns of a table of boxes; None where there is none of the kind."""

    picture: str
    sides: tuple[str, ...]
    kind: str | None
    size: tuple[str, str] | None
    split: str | None


def find_tables(place: Path) -> list[Listing]:
    """The tables of boxes in a folder, one for each split, or the file itself; empty where there are none."""
    found = find_listings(place, repeated=True)
    return found if found and all(_has_sides(one.table) for one in found) else []


def _has_sides(path: Path) -> bool:
    try:
        frame = tables.read_table(path)
        return _sides_in(frame) is not None or _has_numbers(frame)
    except UserError:
        return False


def _has_numbers(frame: pl.DataFrame) -> bool:
    """Whether each row has the four numbers of a box in one cell, or its place, width and height in four."""
    return listed_boxes.column_of(frame) is not None or box_columns.columns_of(frame) is not None


def _sides_in(frame: pl.DataFrame) -> tuple[str, ...] | None:
    named = listed_boxes.plain_names(frame)
    return next((tuple(named[s] for s in sides) for sides in _SIDES if all(s in named for s in sides)), None)


def _columns(frame: pl.DataFrame, path: Path) -> _Columns:
    named = listed_boxes.plain_names(frame)
    sides = _sides_in(frame) or (listed_boxes.SIDES if _has_numbers(frame) else None)
    picture = path_column(frame, path.parent, repeated=True)
    if sides is None or picture is None:
        raise UserError(f"{path} is no table of boxes: give the columns filename, class, xmin, ymin, xmax and ymax")
    kind = next((named[n] for n in _CLASS if n in named and named[n] != picture), None)
    size = (named["width"], named["height"]) if "width" in named and "height" in named else None
    if size and sides == listed_boxes.SIDES and set(size) & set(box_columns.columns_of(frame) or ()):
        size = None  # of the boxes
    return _Columns(picture, sides, kind, size, tables.split_column(frame))


def read(listing: Listing, split: str | None, prefix: str, found: BoxAnnotations) -> None:
    """Add what a table of boxes says.

    Raises:
        UserError: it cannot be read.
    """
    import polars as pl

    table = tables.load_table(listing.table)
    columns, near = _columns(table.frame, listing.table), NearbyImages(listing.table.parent)
    frame = table.frame
    if columns.sides == listed_boxes.SIDES:
        form = listed_boxes if listed_boxes.column_of(frame) is not None else box_columns
        frame = form.with_sides(frame, columns.picture, columns.size, near, listing.table)
    found.skipped.extend(Skipped(prefix + one.id, one.reason) for one in table.skipped)
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for number, row in zip(table.numbers, frame.iter_rows(named=True), strict=True):
        if row[columns.picture] is None:
            found.skipped.append(Skipped(f"{prefix}row {number}", f"no {columns.picture}"))
        else:
            rows.setdefault(str(row[columns.picture]), []).append(row)
    relative = bool((frame.select(columns.sides).cast(pl.Float64, strict=False).fill_null(0) <= 1).to_numpy().all())
    for name, own in rows.items():
        said = own[0][columns.split] if columns.split else None
        where = split or listing.split or (None if said is None else tables.SPLIT_NAMES[str(said).lower()])
        places, shown = near.locate(name, where), prefix + with_slashes(name)
        if len(places) != 1:
            several = f"{len(places)} pictures have that name, the first {places[0]}" if places else "file is missing"
            found.skipped.append(Skipped(shown, several))
            continue
        boxes = tuple(box for row in own if (box := _box(row, columns, shown, found)))
        found.pictures.append(AnnotatedBoxes(shown, places[0], boxes, where, relative, _size(own[0], columns)))


def _box(row: Mapping[str, Any], columns: _Columns, own: str, found: BoxAnnotations) -> Box | None:
    """The box of a row; None where it has none, and noted where it is not whole."""
    if all(row[side] is None for side in columns.sides):
        return None
    try:
        left, top, right, bottom = (coordinate(row[side]) for side in columns.sides)
    except ValueError:
        found.fault(WITHOUT_NUMBERS, own)
        return None
    name = "object" if columns.kind is None or row[columns.kind] is None else class_name(row[columns.kind])
    found.number(name)
    return name, left, top, right, bottom, 0


def _size(row: Mapping[str, Any], columns: _Columns) -> tuple[int, int] | None:
    """Width and height of the picture as the table claims them; None where it does not."""
    try:
        width, height = (int(coordinate(row[name])) for name in columns.size or ())
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None
