"""What every form of table is read into before its cells are looked at, and how large one may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.errors import UserError
from fathom.validation import MAX_CELLS, MAX_CELLS_PER_BYTE

if TYPE_CHECKING:
    import polars as pl

_MAX_COLUMNS = 20_000
BLANK = "a blank line"
"""Why there is no row in a line that holds nothing."""


@dataclass(frozen=True)
class RawTable:
    """The rows of a file, in columns whose cells nobody has looked at yet.

    Attributes:
        frame: the columns.
        numbers: the number of each row in the file, the first below the header being 1.
        faults: the numbers of the rows that are not in the frame, and why.
        decimal_comma: a comma may stand for the decimal point, since it does not part the fields.
    """

    frame: pl.DataFrame
    numbers: list[int]
    faults: Mapping[int, str] = field(default_factory=dict)
    decimal_comma: bool = False


def check_columns(path: Path, n: int) -> None:
    """Refuse more columns than can be handled.

    Raises:
        UserError: there are.
    """
    if n > _MAX_COLUMNS:
        raise UserError(f"{path} has {n:,} columns, more than {_MAX_COLUMNS:,}: keep those that say something")


def check_cells(path: Path, rows: int, columns: int) -> None:
    """Refuse a table that claims to be much more than can be in so few bytes.

    Raises:
        UserError: it does.
    """
    cells, there = rows * columns, path.stat().st_size
    if cells > MAX_CELLS and cells > MAX_CELLS_PER_BYTE * there:
        raise UserError(f"{path} claims {cells:,} cells, which cannot be in {there:,} bytes: write it again")
