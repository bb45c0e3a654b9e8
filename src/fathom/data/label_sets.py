"""How a table tells the labels of an example: several in a cell, or a column of 0 and 1 for each.

    labels                       cat  dog  old
    cat|old                       1    0    1          several: the target is ``cat|old``
    ["cat", "old"]                0    1    0          one in each row: classes, and the target is ``dog``

A label of which a row says nothing stands in the target with a question mark, ``cat|?dog``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fathom.data.class_names import class_name
from fathom.data.listed_labels import labels_in
from fathom.data.table.cells import NULLS

if TYPE_CHECKING:
    import polars as pl

Told = Callable[[Mapping[str, Any]], Any]
"""A row of a table → the target of its example."""

_YES_OR_NO = ({"0", "1"}, {"true", "false"}, {"-1", "1"})
"""How a column says of each example whether it has a label; CelebA has -1 for no."""
YES = ("1", "true", "1.0")
"""Cells that say yes, without blanks and capitals."""
_MANY = 0.02
"""Share of the cells that hold several labels, from which on they are parted."""


@dataclass(frozen=True)
class LabelSets:
    """How a table tells the labels of its rows.

    Attributes:
        name: what the target is called.
        columns: that tell it: a table without them tells nothing, and none of them is an input.
        told: makes the target of a row.
        exclusive: one label holds in each row: they are classes.
    """

    name: str
    columns: tuple[str, ...]
    told: Told
    exclusive: bool = False


def say_yes_or_no(frame: pl.DataFrame, columns: Sequence[str]) -> bool:
    """Whether each column says yes or no of each example, and two of them both: some label may never come.

    Args:
        frame: a table.
        columns: of it.
    """
    said = [yes_or_no(frame[c]) for c in columns]
    return all(said) and sum(len(one) == 2 for one in said) > 1


def yes_or_no(column: pl.Series) -> set[str]:
    """What a column that says yes or no says; nothing where it is no such.

    Args:
        column: of a table.
    """
    if column.n_unique() > 3:  # with null
        return set()
    said = {class_name(v).strip().lower() for v in column.unique().to_list() if v is not None}
    return said if any(said <= both for both in _YES_OR_NO) else set()


def labels_in_columns(columns: Sequence[str]) -> LabelSets:
    """The labels that columns of 0 and 1 tell.

    Args:
        columns: one for each label.
    """
    return LabelSets("labels", tuple(columns), partial(_binary_labels, tuple(columns)))


def labels_in_cells(frame: pl.DataFrame, column: str, signs: str) -> LabelSets | None:
    """The labels that stand in one column: as lists in the way of JSON or Python, or parted by a sign.

    Args:
        frame: the table.
        column: that is looked at.
        signs: that may part labels, the surest first.

    Returns:
        how they are told; None where each cell holds one label.
    """
    cells = [v for v in frame[column].to_list() if v is not None]
    lists = [labels_in(v) for v in cells]
    if any(lists) and None not in lists and any(len(one or ()) != 1 for one in lists):
        return LabelSets(column, (column,), partial(_listed_labels, column))
    values = [str(v) for v in cells]
    many = [sign for sign in signs if sum(sign in v for v in values) > max(1, _MANY * len(values))]
    if many and len({part for v in values for part in v.split(many[0])}) < len(values):
        return LabelSets(column, (column,), partial(_split_labels, column, many[0]))
    return None


def _binary_labels(columns: Sequence[str], row: Mapping[str, object]) -> str:
    """The names of the columns that say yes, and with a question mark those that say nothing."""
    told = {c: "" if row[c] is None or str(row[c]).strip() in NULLS else str(row[c]).strip().lower() for c in columns}
    yes = [c for c in columns if told[c] in YES]
    return "|".join([*yes, *(f"?{c}" for c in columns if not told[c])])


def _listed_labels(column: str, row: Mapping[str, object]) -> str | None:
    """The labels of a list; none where the cell is empty, and "" where the list is."""
    labels = labels_in(row[column])
    return None if labels is None else "|".join(dict.fromkeys(class_name(one) for one in labels))


def _split_labels(column: str, sign: str, row: Mapping[str, object]) -> str | None:
    """The labels of a column; none where the cell is empty."""
    value = row[column]
    return (
        None if value is None else "|".join(dict.fromkeys(class_name(p) for p in str(value).split(sign) if p.strip()))
    )
