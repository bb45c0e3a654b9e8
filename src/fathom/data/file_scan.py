"""What lies below a folder, and the first look at each file: what every kind of file is found and digested by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from fathom.errors import Unreadable
from fathom.records import Example, Skipped


def visible_folders(folder: Path) -> list[Path]:
    """The folders in a folder, sorted, without hidden ones and what packing on a Mac leaves.

    Args:
        folder: that is there.
    """
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name != "__MACOSX")


class ListedFile(Protocol):
    """A file that was listed, and not yet looked at."""

    @property
    def id(self) -> str:
        """Its name among the examples."""
        ...

    @property
    def path(self) -> Any:
        """Where it lies."""
        ...

    @property
    def split(self) -> str | None:
        """The ready-made split that it came in."""
        ...

    @property
    def group(self) -> str | None:
        """What it belongs to."""
        ...

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What else is known of it."""
        ...


def find_files(folder: Path, wanted: Callable[[str], bool]) -> Iterator[str]:
    """The paths of the files below a folder whose names are wanted; hidden files and folders are passed over.

    Links to folders are followed, but none to a folder that this one lies in, and no folder is entered twice.
    """
    above = {str(one) for one in Path(os.path.realpath(folder)).parents}
    seen = set(above)
    for here, below, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted(name for name in below if not name.startswith(".") and name != "__MACOSX")
        kept = (name for name in names if not name.startswith(".") and wanted(name))
        yield from (os.path.join(here, name) for name in kept)  # noqa: PTH118


def read_example(entry: ListedFile, target: Any, probe: Callable[[Any], object]) -> Example | Skipped:
    """The example that a file is, with a digest of its content; or why it is none.

    Args:
        entry: the file.
        target: the example's.
        probe: raises `Unreadable` where the file is not what it should be.
    """
    try:
        probe(entry.path)
        with open(entry.path, "rb") as file:  # noqa: PTH123
            content = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except Unreadable as error:
        return Skipped(entry.id, str(error))
    except FileNotFoundError:
        return Skipped(entry.id, "file is missing")
    except OSError as error:
        return Skipped(entry.id, f"cannot be read ({error.strerror or error})")
    return Example(
        entry.id, entry.path, target, group=entry.group, split=entry.split, content=content, metadata=entry.metadata
    )
