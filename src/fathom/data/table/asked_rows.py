"""Rows that a trained net is asked about: what of them is known, what is spelt otherwise, and what cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from fathom.data.class_names import class_key, class_name, find_class
from fathom.data.table.table_files import shorten_names
from fathom.errors import Unreadable
from fathom.records import Doubt, DoubtKind
from fathom.spelling import nearest

_SLIP = 0.7
"""How alike the name of a column is to one that it may be a slip of."""
_TRUTH = {"true": 1.0, "false": 0.0}


class Empty(Exception):  # noqa: N818 - it is what the cell is
    """A cell stands for nothing."""


UNUSABLE = frozenset({DoubtKind.UNREADABLE, DoubtKind.UNDATED, DoubtKind.UNSEEN})
"""What takes all that it says from a cell."""
CellDoubt = Callable[[str, Any], Doubt | None]
"""Name of a column and a cell of it → what is the matter with it; raises `Empty` where nothing is there."""


def foreign(used: Sequence[str], there: Sequence[str]) -> str:
    """What to say of a row or a table that has nothing to do with what was learned.

    Args:
        used: the columns that were learned from.
        there: those of the row.
    """
    has = f"but {shorten_names(there)}" if there else "or any other"
    return (
        f"has none of the columns that were learned from ({shorten_names(used)}), {has}: "
        "name its columns as they were in training"
    )


def doubts_of_row(
    row: Mapping[str, Any], names: Mapping[str, str], used: Sequence[str], doubt: CellDoubt
) -> list[Doubt]:
    """What of a row cannot be used as it stands.

    Args:
        row: cells by column.
        names: the columns of the row, by their names in training.
        used: the columns that were learned from.
        doubt: what is the matter with a cell in a column of that name.

    Raises:
        Unreadable: no column is known, or there is nothing in them.
    """
    if not names:
        raise Unreadable(f"it {foreign(used, list(row))}")
    of_cells: list[Doubt | None] = []
    for name, own in names.items():
        with suppress(Empty):
            of_cells.append(doubt(name, row[own]))
    if not of_cells:
        raise Unreadable("it has nothing but empty fields")
    if all(found is not None and found.kind in UNUSABLE for found in of_cells):
        told = "; ".join(found.sentence() for found in of_cells[:3] if found is not None)
        raise Unreadable(f"nothing in it can be used ({told})")
    beside = [name for name in row if name not in names.values()]
    renamed = [Doubt(name, DoubtKind.RENAMED, own) for name, own in names.items() if own != name]
    gone = [name for name in used if name not in names]
    missing = [Doubt(name, DoubtKind.MISSING, "".join(nearest(name, beside, alike=_SLIP))) for name in gone]
    return renamed + missing + [found for found in of_cells if found is not None]


def doubt_of_spelling(name: str, value: Any, meant: str) -> Doubt | None:
    """Where a category is taken for one that is spelt otherwise; numbers and truth have several spellings.

    Args:
        name: of the column.
        value: what stands there.
        meant: the category that it was taken for.
    """
    keys = {class_key(class_name(value)), class_key(class_name(meant))}
    same = len(keys) == 1 or keys in ({"1", "true"}, {"0", "false"})
    return None if same else Doubt(name, DoubtKind.RESPELT, str(value)[:40], meant[:40])


def place_of(value: Any, categories: Sequence[str]) -> int:
    """The place of the one category that differs from a value in how it is written alone, counted from 1; 0 for none.

    Args:
        value: that is none of the categories as it stands.
        categories: that were learned.
    """
    name = find_class(value, categories)
    if name is None:
        folded = class_name(value).casefold()
        alike = [one for one in categories if one.casefold() == folded]
        name = alike[0] if len(alike) == 1 else None
    return 0 if name is None else categories.index(name) + 1


def as_number(value: Any) -> Any:
    """Truth as 1 or 0, and all else as it is.

    Args:
        value: of a column of 0 and 1.
    """
    return _TRUTH.get(class_name(value).lower(), value) if isinstance(value, bool | str) else value
