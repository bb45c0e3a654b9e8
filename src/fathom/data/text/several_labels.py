"""Texts with several labels each, which are not learned: each combination would be a class of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fathom.data.table.table_files import column_called
from fathom.errors import UserError
from fathom.records import Example


def refuse_several_labels(items: Sequence[Example], target: str, path: Path) -> None:
    """Refuse texts whose labels are lists of several.

    Args:
        items: with what stands in the column of labels as target.
        target: the column.
        path: of the table.

    Raises:
        UserError: there are such texts.
    """
    several = [one for one in items if len(_list_in(one.target)) > 1]
    if several:
        first = ", ".join(map(str, _list_in(several[0].target)[:5]))
        raise UserError(
            f"{column_called(target)} of {path} gives {len(several):,} of {len(items):,} texts several labels ({first},"
            " for example), and several labels a text are not learned: give each text one"
        )


def _list_in(value: object) -> Sequence[object]:
    """The list that a cell holds, or that is written in it as JSON; empty where there is none."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return ()
    return value if isinstance(value, list | tuple) else ()
