"""Folders that came from the Hugging Face hub, told by what lies in them, so that nobody has to write ``hf:``.

Its Parquet files hold pictures and sounds themselves, as records of ``bytes`` and ``path``; what the library `datasets`
wrote has a ``dataset_dict.json`` or ``state.json`` beside its Arrow files.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

_MARKS = ("dataset_dict.json", "state.json")
_DEEP = 2
"""Folders below the one that is given."""
_MOST_ENTRIES = 5_000
"""Files and folders of one folder that are looked at: there may be a million pictures, and each look costs."""


def is_hub_folder(folder: Path) -> bool:
    """Whether a folder is one that ``hf:FOLDER`` reads and a table reader does not.

    Args:
        folder: that was named.
    """
    if any((folder / mark).is_file() for mark in _MARKS):
        return next(folder.glob("*.arrow"), next(folder.glob("*/*.arrow"), None)) is not None
    first = next(_parquets(folder, _DEEP), None)
    return first is not None and holds_files(first)


def holds_files(path: Path) -> bool:
    """Whether a Parquet file holds pictures, sounds or other files in one of its columns.

    Args:
        path: of the file.
    """
    import polars as pl

    try:
        kinds = pl.read_parquet_schema(path).values()
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False
    records = [{field.name for field in kind.fields} for kind in kinds if isinstance(kind, pl.Struct)]
    return any(names == {"bytes", "path"} for names in records)


def _parquets(folder: Path, deep: int) -> Iterator[Path]:
    """The Parquet files in a folder, then those below; of a very large folder, which holds other files, a part."""
    files, folders = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in itertools.islice(entries, _MOST_ENTRIES):
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif entry.name.lower().endswith(".parquet") and entry.is_file():
                    files.append(Path(entry.path))
    except OSError:
        return
    yield from sorted(files)
    for below in sorted(folders) if deep else ():
        yield from _parquets(below, deep - 1)
