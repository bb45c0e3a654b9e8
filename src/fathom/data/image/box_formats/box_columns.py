"""A box in four columns of its place, width and height: ``x, y, w, h``, or ``x_center, y_center, width, height``.

What is called after the middle is the middle. Else x and y are the left and top, or the middle where only such boxes
lie within their pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.image.box_formats.annotations import SLACK
from fathom.data.image.box_formats.listed_boxes import SIDES, Four, bounds_of, plain_names
from fathom.data.image.listings import NearbyImages

if TYPE_CHECKING:
    import polars as pl

_CORNER = (
    ("x", "y", "w", "h"), ("x", "y", "width", "height"), ("left", "top", "width", "height"),
    ("xmin", "ymin", "width", "height"), ("bboxx", "bboxy", "bboxwidth", "bboxheight"),
)  # fmt: skip
_MIDDLE = (
    ("xcenter", "ycenter", "width", "height"), ("xcenter", "ycenter", "w", "h"), ("cx", "cy", "w", "h"),
    ("centerx", "centery", "width", "height"), ("xcentre", "ycentre", "width", "height"),
    ("cx", "cy", "width", "height"), ("xc", "yc", "w", "h"),
)  # fmt: skip
"""What such columns are called, capitals and signs left out."""


def columns_of(frame: pl.DataFrame) -> tuple[str, ...] | None:
    """The four columns; None where there are none, or where width and height seem to be the pictures'.

    Args:
        frame: a table with a row for each box.
    """
    plain, named = plain_names(frame), _named(frame)
    if named is None:
        return None
    columns = tuple(plain[one] for one in named)
    if not all(frame[c].dtype.is_numeric() and len(frame[c].drop_nulls()) for c in columns):
        return None
    one_size = all(frame[c].drop_nulls().n_unique() == 1 for c in columns[2:])
    return None if one_size and named == ("x", "y", "width", "height") else columns


def _named(frame: pl.DataFrame) -> tuple[str, ...] | None:
    plain = plain_names(frame)
    return next((names for names in (*_CORNER, *_MIDDLE) if all(one in plain for one in names)), None)


def with_sides(
    frame: pl.DataFrame, picture: str, size: tuple[str, str] | None, near: NearbyImages, path: Path
) -> pl.DataFrame:
    """The table with the columns `SIDES` in place of the four.

    Args:
        frame: with such columns.
        picture: the column of the pictures' names.
        size: the columns of their width and height; None where there are none.
        near: finds the pictures.
        path: of the table.
    """
    import polars as pl

    columns = columns_of(frame)
    if columns is None:
        return frame
    rows = frame.select(pl.col(list(columns)).cast(pl.Float64)).rows()
    boxes: list[Four | None] = [None if None in row else row for row in rows]
    there = [(box, i) for i, box in enumerate(boxes) if box is not None]
    in_shares = all(max(box) <= 1 for box, _ in there)
    ends = [(1.0, 1.0)] * len(boxes) if in_shares else bounds_of(frame, picture, size, near)
    bounds = [ends[i] for _, i in there]
    known = [box for box, _ in there]
    middle = _named(frame) in _MIDDLE
    if not middle and not _fit(known, bounds, middle=False) and _fit(known, bounds, middle=True):
        middle = True
    where = "the middle" if middle else "left and top"
    x, y, width, height = columns
    repairs.tell(f"{x} and {y} are read as {where} of each box, {width} and {height} as its size", path)
    sides = [None if box is None else _sides(box, middle=middle, most=1.0 if in_shares else None) for box in boxes]
    made = [pl.Series(name, [s and s[i] for s in sides], pl.Float64) for i, name in enumerate(SIDES)]
    return frame.drop(columns).with_columns(made)


def _sides(box: Four, *, middle: bool, most: float | None) -> Four:
    """Left, top, right and bottom, cut at 0 and `most` where that is given."""
    x, y, width, height = box
    left, top = (x - width / 2, y - height / 2) if middle else (x, y)
    if most is None:
        return left, top, left + width, top + height
    return max(0.0, left), max(0.0, top), min(most, left + width), min(most, top + height)


def _fit(boxes: Sequence[Four], bounds: Sequence[tuple[float, float]], *, middle: bool) -> bool:
    """Whether all boxes lie within their pictures."""
    for box, (width, height) in zip(boxes, bounds, strict=True):
        left, top, right, bottom = _sides(box, middle=middle, most=None)
        if min(left / width, top / height) < -SLACK or max(right / width, bottom / height) > 1 + SLACK:
            return False
    return True
