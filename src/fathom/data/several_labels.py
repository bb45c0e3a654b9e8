"""Several labels an example where one is learned: each combination would be a class of its own, so it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fathom.data.listed_labels import labels_in
from fathom.data.table.table_files import column_called
from fathom.errors import UserError
from fathom.records import Example


def refuse_several_labels(items: Sequence[Example], target: str, path: Path | str, of: str) -> None:
    """Refuse examples whose labels are lists of several.

    Args:
        items: with what stands in the column of labels as target.
        target: the column.
        path: of the table.
        of: what an example is: "text", "row".

    Raises:
        UserError: there are such examples.
    """
    found = [(one.target, labels_in(one.target)) for one in items]
    several = [labels for _, labels in found if labels is not None and len(labels) > 1]
    if several:
        first = ", ".join(map(str, several[0][:5]))
        raise UserError(
            f"{column_called(target)} of {path} gives {len(several):,} of {len(items):,} {of}s several labels ({first},"
            f" for example), and several labels a {of} are not learned: give each {of} one"
        )
