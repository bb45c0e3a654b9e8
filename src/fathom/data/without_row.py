"""Pictures and recordings of a folder that its table does not name: said, since they may have been meant, too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from fathom.data import repairs
from fathom.records import Skipped


def tell_without_row(
    kind: str,
    place: Path,
    every: Sequence[Path | str],
    named: Iterable[Path | str],
    skipped: Iterable[Skipped],
    table: str,
) -> None:
    """Say how many files of a folder have no row.

    Args:
        kind: what they are: ``pictures``, ``recordings``.
        place: the folder.
        every: all files of the kind that lie in it.
        named: those that a row names.
        skipped: rows that were left out, whose files are not said again.
        table: what it is called.
    """
    known = {os.path.realpath(path) for path in named}
    others = {Path(one.id.partition(" (row ")[0]).stem for one in skipped}
    lone = [path for path in every if os.path.realpath(path) not in known and Path(path).stem not in others]
    if lone:
        first = Path(lone[0]).relative_to(place).as_posix()
        repairs.tell(f"{len(lone):,} of {len(every):,} {kind} have no row in {table}: {first}, for example")
