"""The four numbers of a box in one cell, as in ``[834.0, 222.0, 56.0, 36.0]``.

They are left, top, width and height, as COCO means it by ``bbox``; where such boxes would leave their pictures, they
are left, top, right and bottom.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fathom.data import repairs
from fathom.data.image import image_file
from fathom.data.image.listings import NearbyImages
from fathom.data.listed_labels import labels_in
from fathom.data.table.table_files import column_called
from fathom.errors import Unreadable

if TYPE_CHECKING:
    import polars as pl

SIDES = ("left of the box", "top of the box", "right of the box", "bottom of the box")
"""What the four columns are called that are made of the one."""
_NAMES = ("bbox", "box", "boundingbox")
_MAX_OPENED = 500
"""Pictures whose size is looked up in their files."""

Four = tuple[float, float, float, float]


def plain_names(frame: pl.DataFrame) -> dict[str, str]:
    """The names of the columns by what is left of them without capitals and signs: ``x_min`` is ``XMin``."""
    return {"".join(c for c in name.lower() if c.isalnum()): name for name in reversed(frame.columns)}


def column_of(frame: pl.DataFrame) -> str | None:
    """The column of which each cell holds four numbers, or nothing."""
    plain = plain_names(frame)
    column = next((plain[name] for name in _NAMES if name in plain), None)
    if column is None:
        return None
    cells = frame[column].drop_nulls().to_list()
    return column if cells and all(_four(cell) for cell in cells) else None


def _four(cell: Any) -> Four | None:
    """The four numbers of a list, or of the same without brackets."""
    if isinstance(cell, str):
        bare = re.fullmatch(r"[\[(]?([^\[\]()]*)[\])]?", cell.strip())
        cell = f"[{bare[1]}]" if bare else cell
    numbers = labels_in(cell)
    if numbers is None or len(numbers) != 4 or not all(isinstance(one, int | float) for one in numbers):
        return None
    a, b, c, d = (float(one) for one in numbers)  # type: ignore[arg-type]
    return a, b, c, d


def with_sides(
    frame: pl.DataFrame, picture: str, size: tuple[str, str] | None, near: NearbyImages, path: Path
) -> pl.DataFrame:
    """The table with the columns `SIDES` in place of the one.

    Args:
        frame: with such a column.
        picture: the column of the pictures' names.
        size: the columns of their width and height; None where there are none.
        near: finds the pictures.
        path: of the table.
    """
    import polars as pl

    column = column_of(frame)
    if column is None:
        return frame
    boxes = [None if cell is None else _four(cell) for cell in frame[column]]
    there = [(box, i) for i, box in enumerate(boxes) if box is not None]
    if all(max(box) <= 1 for box, _ in there):
        bounds = [(1.0, 1.0)] * len(boxes)
    else:
        bounds = bounds_of(frame, picture, size, near)
    fits = all(x + w <= bounds[i][0] + 1 and y + h <= bounds[i][1] + 1 for (x, y, w, h), i in there)
    are_sides = not fits and all(right >= left and bottom >= top for (left, top, right, bottom), _ in there)
    last = "right and bottom" if are_sides else "width and height"
    repairs.tell(f"{column_called(column)} is read as left, top, {last} of each box", path)
    sides = [box if box is None or are_sides else (box[0], box[1], box[0] + box[2], box[1] + box[3]) for box in boxes]
    made = [pl.Series(name, [s and s[i] for s in sides], pl.Float64) for i, name in enumerate(SIDES)]
    return frame.drop(column).with_columns(made)


def bounds_of(
    frame: pl.DataFrame, picture: str, size: tuple[str, str] | None, near: NearbyImages
) -> list[tuple[float, float]]:
    """Width and height of the picture of each row, in pixels; infinite where they are not known.

    Args:
        frame: with a row for each box.
        picture: the column of the pictures' names.
        size: the columns of their width and height; None where there are none.
        near: finds the pictures.
    """
    import polars as pl

    if size is not None:
        sides = frame.select(pl.col(list(size)).cast(pl.Float64, strict=False).fill_null(math.inf))
        return [(float(width), float(height)) for width, height in sides.iter_rows()]
    names = [str(name) for name in frame[picture]]
    known = {}
    for name in list(dict.fromkeys(names))[:_MAX_OPENED]:
        places = near.locate(name, None)
        if len(places) == 1:
            try:
                known[name] = image_file.upright_size(places[0])
            except Unreadable:
                continue
    return [known.get(name, (math.inf, math.inf)) for name in names]
