"""Names of files as listings give them, and the files that are meant.

A listing was often written on another machine: with accents composed where the disk has them apart (or the reverse),
with backslashes and a drive, with the folders of that machine before those that came along, as a ``file://`` address
or the one it was downloaded from, or in other capitals. What a name says to the letter comes first; else one file
must fit, and not several.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

_DRIVE = re.compile(r"^(?:[A-Za-z]:|//[?.]/[A-Za-z]:)(?=/)")
_WEB = re.compile(r"^https?://[^/?#]+(?=/)", re.IGNORECASE)
_ADDRESS = re.compile(r"^file:(?://(?:localhost)?)?(?=/)", re.IGNORECASE)


def composed(name: str) -> str:
    """A name with its accents in one form, so that those who write ``é`` in two signs mean the same."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """A name without its capitals, and with its accents in one form."""
    return composed(composed(name).casefold())


def with_slashes(name: str) -> str:
    """A listed name as a path with slashes, without drive: ``C:\\img\\a.png`` is ``/img/a.png``.

    Args:
        name: as it stands in the listing, perhaps with blanks around it, or as an address, of which the
            server and what was asked of it are no part of the path.
    """
    plain = name.strip()
    if _ADDRESS.match(plain):
        plain = unquote(_ADDRESS.sub("", plain))
        plain = plain[1:] if _DRIVE.match(plain[1:]) else plain
    elif _WEB.match(plain):
        plain = unquote(re.split("[?#]", _WEB.sub("", plain), maxsplit=1)[0])
    return _DRIVE.sub("", plain.replace("\\", "/"))


class ListedNames:
    """Finds the files that a listing means; what lies in a folder is looked at once.

    Args:
        folder: that the names start from.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._looked: dict[Path, tuple[dict[str, list[str]], dict[str, list[str]]]] = {}

    def find(self, name: str, shortest: int = 1) -> Path | None:
        """The file of that name, wherever it says; else below the folder, as `find_inside` finds it."""
        if os.path.isfile(self.folder / name):  # noqa: PTH113 - never raises, whatever the name
            return self.folder / name
        return self.find_inside(name, shortest)

    def find_inside(self, name: str, shortest: int = 1) -> Path | None:
        """The file below the folder at the longest end of the name that there is; None where none is.

        Args:
            name: as it stands in the listing.
            shortest: parts of the name that must be there at least: 2 wants a folder where the name has one.
        """
        if "\0" in name:
            return None
        for path in dict.fromkeys((name, with_slashes(name))):
            parts = path.split("/")
            outside = max((i + 1 for i, part in enumerate(parts) if part == ".."), default=0)
            parts = [part for part in parts[outside:] if part not in ("", ".")]
            for i in range(max(1, len(parts) - shortest + 1)):
                if found := self._follow(parts[i:]):
                    return found
        return None

    def _follow(self, parts: list[str]) -> Path | None:
        """The file at these parts of a path, each by its name to the letter, or else by the one name like it."""
        here = self.folder
        for part in parts:
            there = next(iter(self._named(here, part)), None)
            if there is None:
                return None
            here = here / there
        return here if os.path.isfile(here) else None  # noqa: PTH113

    def _named(self, folder: Path, name: str) -> Iterator[str]:
        """What is called so in a folder: to the letter, but for the form of accents, or but for capitals."""
        if folder not in self._looked:
            names = _entries(folder)
            self._looked[folder] = _by(composed, names), _by(folded, names)
        same, alike = self._looked[folder]
        if name in same.get(composed(name), ()):
            yield name
        for found in (same.get(composed(name), []), alike.get(folded(name), [])):
            if len(found) == 1:
                yield found[0]


def _by(key: Callable[[str], str], names: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[key(name)].append(name)
    return dict(found)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names alone
    except OSError:
        return []
