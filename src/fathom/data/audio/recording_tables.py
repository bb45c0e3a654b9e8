"""Tables that name recordings: which table of a folder, and which of its columns.

The table lies beside the recordings or the folder of them, or in a folder of its own (ESC-50's ``meta/``). It names
files, or, where all recordings lie in one folder, files without their endings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.audio import waveform
from fathom.data.file_scan import visible_folders
from fathom.data.listed_names import composed, with_slashes
from fathom.data.table import tables
from fathom.errors import UserError

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 1000
_DEEP = 2  # folders below a table in which the recordings are looked for
_NAMING = re.compile(
    r"(?:.*[-_ ])?(?:id|f|file|audio|clip|wav|sound|recording|track|utterance)(?:[-_ ]?(?:id|name|path|file))?"
    r"|(?:file)?(?:name|path)",
    re.IGNORECASE,
)


def path_column(frame: pl.DataFrame, folder: Path | None = None) -> str | None:
    """The column whose values are names of recordings, where there is one.

    Args:
        frame: the table.
        folder: where the recordings lie; with it, a column of names without endings is found by what is there.
    """
    for column in frame.columns:
        values = [v for v in frame[column].drop_nulls().head(_SAMPLE).to_list() if isinstance(v, str)]
        if values and sum(waveform.is_recording(v.strip()) for v in values) > 0.9 * len(values):
            return column
    candidates = [c for c in frame.columns if _NAMING.fullmatch(c) and not frame[c].dtype.is_float()]
    stems = _stems_below(folder) if folder is not None and candidates else set()
    for column in candidates if stems else ():
        names = [composed(with_slashes(str(v))) for v in frame[column].drop_nulls().head(_SAMPLE).to_list()]
        there = sum(name.rpartition("/")[2] in stems for name in names)
        if len(set(names)) > 0.9 * len(names) and there > 0.9 * len(names):
            return column
    return None


def _stems_below(folder: Path) -> set[str]:
    """The names without endings of the recordings in a folder, and in those below, two deep."""
    found: set[str] = set()
    deepest = len(folder.parts) + _DEEP
    for here, below, files in os.walk(folder):
        level = len(Path(here).parts)
        below[:] = [name for name in below if not name.startswith(".")] if level < deepest else []
        found.update(composed(Path(name).stem) for name in files if name[0] != "." and waveform.is_recording(name))
    return found


def is_listing(path: Path, folder: Path | None = None) -> bool:
    """Whether a file is a table that names recordings.

    Args:
        path: of the file.
        folder: of the recordings, where they may be named without endings.
    """
    try:
        return tables.is_table(path) and path_column(tables.read_table(path), folder) is not None
    except UserError:
        return False


def find_table(place: Path) -> tuple[Path, Path] | None:
    """The table that names the recordings of a folder, and the folder that its names start from; None without one.

    Where there is one folder of recordings and a table that is not used, it is said why not.
    """
    beside = _tables_in(place)
    if found := [path for path in beside if is_listing(path)]:
        if len(found) > 1:
            _tell_unused(place, found, "each name recordings: keep one of them")
        return (found[0], found[0].parent) if len(found) == 1 else None
    inner = [path.relative_to(place).parts for path in waveform.find_recordings(place)]
    if len({parts[0] if len(parts) > 1 else "" for parts in inner}) != 1:
        return None  # the folders of words say more than a table that names nothing to the letter
    apart = [p for p in visible_folders(place) if not waveform.has_recordings(p) or _is_wrapper(place, p)]
    every = [*beside, *(path for folder in apart for path in _tables_in(folder))]
    found = [path for path in every if is_listing(path, place)]
    if len(found) == 1:
        return found[0], place
    if every:
        _tell_unused(place, found or every, "each name recordings: keep one" if found else "name no recording there")
    return None


def _tell_unused(place: Path, found: Sequence[Path], why: str) -> None:
    shown = " and ".join(path.name for path in found[:4]) + (" …" if len(found) > 4 else "")
    why = why.replace("name no", "names no", 1) if len(found) == 1 else why
    repairs.tell(f"the words in {place} are the names of folders or files, since {shown} {why}")


def _is_wrapper(place: Path, inner: Path) -> bool:
    """Whether a folder is all that lies in another, as unpacking leaves it, and is no split."""
    visible = [p for p in place.iterdir() if not p.name.startswith(".") and p.name != "__MACOSX"]
    return visible == [inner] and inner.name.lower() not in tables.SPLIT_NAMES


def _tables_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_file() and p.name[0] != "." and tables.is_table(p))
