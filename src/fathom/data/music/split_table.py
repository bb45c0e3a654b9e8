"""A table beside MIDI files that says their splits, as MAESTRO and Groove come: ``split`` and ``midi_filename``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fathom.data import repairs
from fathom.data.listed_names import ListedNames
from fathom.data.music.midi_file import ENDINGS
from fathom.data.table import tables
from fathom.errors import UserError


def listed_splits(root: Path, found: Sequence[Path]) -> dict[Path, str]:
    """The splits that a table says of MIDI files, which is told; nothing where no table names most of them.

    Args:
        root: the folder that was given; tables are sought in it, and in those down to where the files part.
        found: the files.
    """
    if len(found) < 2:
        return {}
    parting = Path(os.path.commonpath([path.parent for path in found]))
    for folder in (p for p in (parting, *parting.parents) if p == root or root in p.parents):
        for table in sorted(p for p in folder.iterdir() if p.suffix.lower() in tables.EXTENSIONS and p.is_file()):
            said = _said_by(table, folder)
            of = {path: said[path] for path in found if path in said}
            if 2 * len(of) > len(found) and "train" in of.values():
                _tell(table, of, len(found) - len(of))
                return of
    return {}


def _said_by(table: Path, folder: Path) -> dict[Path, str]:
    """The split of each MIDI file that a table names; nothing where it has no column of splits, or names none."""
    try:
        frame = tables.read_table(table)
        splits = tables.split_column(frame)
    except UserError:  # it may be no list of these files at all
        return {}
    if splits is None:
        return {}
    named = ListedNames(folder)
    for column in frame.columns:
        names = [str(value) for value in frame[column]]
        if 2 * sum(name.lower().endswith(tuple(ENDINGS)) for name in names) > len(names):
            rows = zip(names, frame[splits], strict=True)
            pairs = ((named.find_inside(name, 2), split) for name, split in rows if split is not None)
            return {path: tables.SPLIT_NAMES[str(split).strip().lower()] for path, split in pairs if path is not None}
    return {}


def _tell(table: Path, of: dict[Path, str], rest: int) -> None:
    counts = Counter(of.values())
    more = f"; {rest:,} {'is' if rest == 1 else 'are'} not in it" if rest else ""
    parts = ", ".join(f"{n:,} {'is' if n == 1 else 'are'} {split}" for split, n in counts.items())
    repairs.tell(f"the splits of the MIDI files were read from it: {parts}{more}", table)
