"""Tables that give a picture several labels: in one column, parted by a sign, or as columns of 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fathom.data.class_names import class_name
from fathom.data.image.listings import Listing, path_column
from fathom.data.listed_labels import labels_in
from fathom.data.several_labels import say_yes_or_no
from fathom.data.table import tables
from fathom.errors import UserError

Told = Callable[[Mapping[str, Any]], Any]
"""A row of a table → the target of its picture."""


@dataclass(frozen=True)
class _MultiLabelColumns:
    """How a table tells of several labels: a column that it must have, and what makes a target of a row."""

    column: str
    told: Told


def find_label_columns(listing: Listing, target: str | None) -> _MultiLabelColumns | None:
    """How the labels of a picture are told where it may have several; None where it has one.

    They stand in one column, as lists in the way of JSON or Python, or parted by ``|`` or ``;`` (or by blanks or commas
    in a column named labels or tags), or there are two columns or more of 0 and 1, or of -1 and 1, and none but these,
    the path, splits and groups.
    """
    try:
        frame = tables.read_table(listing.table)
    except UserError:
        return None
    column, split = path_column(frame, listing.table.parent), tables.split_column(frame)
    rest = [c for c in frame.columns if c not in (column, split)]
    if column is None or not rest:
        return None
    if target is None and say_yes_or_no(frame, rest):
        return _MultiLabelColumns(rest[0], partial(_binary_labels, rest))
    for name in [target] if target in rest else [] if target else rest:
        cells = [v for v in frame[str(name)].to_list() if v is not None]
        lists = [labels_in(v) for v in cells]
        if any(lists) and None not in lists and any(len(one or ()) != 1 for one in lists):
            return _MultiLabelColumns(str(name), partial(_listed_labels, str(name)))
        values = [str(v) for v in cells]
        signs = "|;" + (", " if str(name).lower() in ("labels", "tags") else "")
        many = [sign for sign in signs if sum(sign in v for v in values) > max(1, len(values) // 50)]
        if many and len({part for v in values for part in v.split(many[0])}) < len(values):
            return _MultiLabelColumns(str(name), partial(_split_labels, str(name), many[0]))
    return None


def _binary_labels(columns: Sequence[str], row: Mapping[str, object]) -> str:
    """The names of the columns that say yes, and with a question mark those that say nothing."""
    told = {c: "" if row[c] is None else str(row[c]).strip().lower() for c in columns}
    yes = [c for c in columns if told[c] in ("1", "true", "1.0")]
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
