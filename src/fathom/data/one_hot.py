"""Columns of 0 and 1 of which exactly one is 1 in each row: they are the classes of one target, and no labels apart.

    image   MEL  NV  BCC            Temperature  Pastry  Scratch  Bumps
    a.jpg    0   1    0                    20.5    0       0        1

Where some rows have none, that is a class, too, if the columns meet so often that two would be 1 somewhere, were they
labels of which each may hold beside the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.label_sets import YES, LabelSets, say_yes_or_no, yes_or_no
from fathom.data.table.competition import competition_of
from fathom.data.table.split_column import split_column
from fathom.data.table.table_files import shorten_names
from fathom.data.table.target_column import TARGET_NAMES

if TYPE_CHECKING:
    import polars as pl

OTHER = ("other", "none", "none of them")
"""What the class is called of rows where no column is 1: the first that is no column."""
_FEWEST_ROWS, _FEWEST_COLUMNS = 10, 3
"""Rows below which chance may have it so, and columns where some rows have none."""
_MET = 5.0
"""Rows with two, that are expected of labels which have nothing to do with each other."""


def one_hot(frame: pl.DataFrame, columns: Sequence[str]) -> LabelSets | None:
    """The classes that these columns are, where at most one of them is 1 in each row.

    Args:
        frame: a table.
        columns: of it.

    Returns:
        how the class of a row is told; None where they are no such columns.
    """
    import polars as pl

    if frame.height < _FEWEST_ROWS or len(columns) < 2 or not say_yes_or_no(frame, columns):
        return None
    if any(frame[c].null_count() for c in columns):
        return None
    said = frame.select(pl.col(c).cast(pl.String).str.strip_chars().str.to_lowercase().is_in(YES) for c in columns)
    held = said.select(n=pl.sum_horizontal(pl.all().cast(pl.Int64)))["n"]
    if held.max() != 1:
        return None
    rest = ""
    if held.min() == 0:
        counts = [float(said[c].sum()) for c in columns]
        met = (sum(counts) ** 2 - sum(n * n for n in counts)) / 2 / frame.height
        if len(columns) < _FEWEST_COLUMNS or met < _MET:
            return None
        rest = next(name for name in OTHER if name not in {c.lower() for c in columns})
    return LabelSets("class", tuple(columns), partial(_class, tuple(columns), rest), exclusive=True)


def last_one_hot(frame: pl.DataFrame, columns: Sequence[str]) -> LabelSets | None:
    """The classes that the last columns are: as many of them as are one target.

    Args:
        frame: a table.
        columns: of it, in order.
    """
    block = last_yes_or_no(frame, columns)
    for start in range(len(block) - 1):
        if (found := one_hot(frame, block[start:])) is not None:
            return found
    return None


def last_yes_or_no(frame: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """The columns of 0 and 1 that stand together at the end.

    Args:
        frame: a table.
        columns: of it, in order.
    """
    block: list[str] = []
    for column in reversed(columns):
        if not yes_or_no(frame[column]):
            break
        block.insert(0, column)
    return block


def one_hot_target(frame: pl.DataFrame, target: str, path: Path, apart: Collection[str] = ()) -> LabelSets | None:
    """The classes whose columns end a table, or are what a competition asks for, where nobody has named a target.

    Args:
        frame: the table.
        target: the column that would be predicted, were it one alone.
        path: of the table.
        apart: columns that are neither inputs nor targets.
    """
    if target.lower() in TARGET_NAMES:
        return None
    ready = split_column(frame)
    columns = [c for c in frame.columns if c not in apart and c != ready]
    told = competition_of(path, columns)
    found = one_hot(frame, told.asked) if target in told.asked and len(told.asked) > 1 else last_one_hot(frame, columns)
    return found if found and target in found.columns and len(found.columns) < len(columns) else None


def tell_one_hot(classes: LabelSets, path: Path) -> None:
    """Tell that columns are read as the classes of one target.

    Args:
        classes: whose columns they are.
        path: of the table.
    """
    rest = classes.told(dict.fromkeys(classes.columns, "0"))
    also = f", or none, which is the class {rest}" if rest else ""
    repairs.tell(
        f"{shorten_names(classes.columns)} are the classes of one target: one is 1 in each row{also} "
        "(--target NAME predicts one of them alone)",
        path,
    )


def _class(columns: Sequence[str], rest: str, row: Mapping[str, object]) -> str | None:
    """The column that says yes; where none does, the other class, or nothing."""
    return next((c for c in columns if str(row[c]).strip().lower() in YES), rest or None)
