"""Which column of a table is predicted, where nobody has said it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.blanks import BLANKS
from fathom.data.table.cells import NULLS
from fathom.data.table.competition import competition_of
from fathom.data.table.split_column import split_column
from fathom.data.table.table_files import column_called, lacks_column, shorten_names
from fathom.errors import UserError

if TYPE_CHECKING:
    import polars as pl

TARGET_NAMES = (
    "target", "label", "labels", "class", "y", "income", "outcome", "diagnosis", "species", "survived", "churn",
    "default", "quality", "category", "price", "sentiment", "emotion", "saleprice", "median_house_value", "medv",
)  # fmt: skip
"""Names by which a target column is found, the surest first."""

_ENDS = re.compile(r"\w[_ -](?:target|label|sentiment)$", re.IGNORECASE)
"""What a name ends with that may tell the target, too: ``airline_sentiment``."""
_NUMBERED = re.compile(r"(targets?|labels?|y|outputs?|outcomes?|class)[_ -]?(?:\d+|[a-d])", re.IGNORECASE)
"""What targets are called that are several: ``target_1`` and ``target_2``."""
_MAX_LABELS = 20
"""So many different values a column of labels has at most."""
_FEW = 4
"""Columns of a table without a header of which one of labels before texts is surely the target."""
_MIN_WORDS = 3
"""Words of a sentence, in the middle."""


def find_target(frame: pl.DataFrame, given: str | None, path: Path, apart: Collection[str] = ()) -> str:
    """The column to predict: that given, that test lacks, with a telling name, or the last that is not empty.

    Raises:
        UserError: there is no such column, two of them where none was given, or no other to predict it from.
    """
    columns = list(frame.columns)
    if given is not None:
        if given in columns:
            return given
        same = [c for c in columns if c.lower() == given.strip().lower()]
        if len(same) == 1:
            return same[0]
        raise UserError(f"{path} {lacks_column(given, columns)}")
    ready = split_column(frame)
    candidates = [c for c in columns if c not in apart and c != ready]
    if len(candidates) < 2:
        names = shorten_names(columns)
        raise UserError(f"{path} has only the column {names}: a table needs a target and something to predict it from")
    if wanted := [c for c in competition_of(path, columns).asked if c in candidates]:
        return _asked(wanted, columns, path)
    named = sorted((c for c in candidates if c.lower() in TARGET_NAMES), key=lambda c: TARGET_NAMES.index(c.lower()))
    if not named and (ends := [c for c in candidates if _ENDS.search(c) and _has_labels(frame[c])])[1:] == [] != ends:
        repairs.tell(f"{column_called(ends[0])} is predicted, going by its name: say another with --target", path)
        return ends[0]
    if named:
        found = _alone(named[0], columns, path)
        places = {"y"} if "x" in {c.lower() for c in columns} else set()  # x and y are places: no target
        if others := shorten_names([c for c in named[1:] if c.lower() not in {found.lower(), *places}]):
            told = f"{column_called(found)} is predicted, going by its name; another may be meant ({others})"
            repairs.tell(f"{told}: say which with --target", path)
        return found
    filled = [c for c in candidates if not _is_empty(frame[c])] or candidates
    if all(re.fullmatch(r"column \d+", c) for c in columns):
        return _nameless(frame, filled, path)
    last = _alone(filled[-1], columns, path)
    if numbered := _NUMBERED.fullmatch(last):
        alike = [c for c in filled[:-1] if (o := _NUMBERED.fullmatch(c)) and o[1].lower() == numbered[1].lower()]
        if alike:
            told = f"{column_called(last)} is predicted, being the last; another may be meant ({shorten_names(alike)})"
            repairs.tell(f"{told}: say which with --target, and leave others out with --set drop=NAME", path)
    return last


def spelt_out(frame: pl.DataFrame, target: str, path: Path) -> str:
    """Of a target of numbers the column of words that names each of them, where there is one: it is told.

    Args:
        frame: of which the other columns are no inputs.
        target: that was found.
        path: of the table.
    """
    numbers = frame[target]
    classes = numbers.drop_nulls().n_unique()
    if not numbers.dtype.is_integer() or not 1 < classes <= len(numbers) / 2:
        return target
    for column in (c for c in frame.columns if c != target):
        pairs = frame.select(target, column).unique()
        is_name = not frame[column].dtype.is_numeric() and frame[column].null_count() == numbers.null_count()
        if is_name and len(pairs.drop_nulls()) == len(pairs) == classes == frame[column].n_unique():
            repairs.tell(f"the classes are called as in {column!r}, which names the numbers in {target!r}", path)
            return column
    return target


def _asked(wanted: Sequence[str], columns: Sequence[str], path: Path) -> str:
    """Of the columns that a competition asks for the one with a telling name, else the last."""
    named = sorted((c for c in wanted if c.lower() in TARGET_NAMES), key=lambda c: TARGET_NAMES.index(c.lower()))
    return _alone((named or wanted[-1:])[0], columns, path)


def _nameless(frame: pl.DataFrame, columns: Sequence[str], path: Path) -> str:
    """Of a table without a header the last column, but the first where that has labels and the last sentences.

    Older collections have the class in front: it is told where that may be.
    """
    last, front = columns[-1], [c for c in columns[:2] if _has_labels(frame[c])]
    if not front or _has_labels(frame[last]) or last in front:
        return last
    if has_sentences(frame[last]) and len(columns) <= _FEW:
        return front[0]
    if has_sentences(frame[last]):
        last, front = front[0], [c for c in columns if c != front[0] and not has_sentences(frame[c])]
        told = f"{column_called(last)} is predicted, the last being texts; {column_called(front[0])} may be meant"
        repairs.tell(f"{told}: say which with --target", path)
        return last
    told = f"{column_called(last)} is predicted, being the last; {column_called(front[0])} may be meant"
    repairs.tell(f"{told}: say which with --target", path)
    return last


def _has_labels(column: pl.Series) -> bool:
    """Whether few values come again and again."""
    there = column.drop_nulls()
    return 2 <= there.n_unique() <= min(_MAX_LABELS, len(there) / 5)


def has_sentences(column: pl.Series) -> bool:
    """Whether a column holds texts of some words.

    Args:
        column: of a table.
    """
    import polars as pl

    there = column.drop_nulls()
    if there.dtype != pl.String or there.is_empty():
        return False
    return float(there.str.count_matches(r"\S+").median() or 0) >= _MIN_WORDS  # type: ignore[arg-type]


def _is_empty(column: pl.Series) -> bool:
    """Whether a column, typed or not, holds nothing in any row."""
    import polars as pl

    there = column.drop_nulls()
    return there.is_empty() or (
        there.dtype == pl.String and bool(there.str.strip_chars(BLANKS).is_in(list(NULLS)).all())
    )


def _alone(target: str, columns: Collection[str], path: Path) -> str:
    """A target that was found by its name, if no other column had the same header."""
    second = f"{target} (2)"
    if second in columns:
        raise UserError(
            f"{path} has the header {target!r} twice: say which column is predicted, `target={target}` for the first "
            f"or `target={second}` for the second"
        )
    return target
