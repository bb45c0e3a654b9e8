"""Tables that are packed: a file in gzip, bzip2 or xz, or a zip file with one table in it.

Nothing is written anywhere, and no more is unpacked than a text file may be: what claims to be small and is not ends
there.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Any

from fathom.errors import UserError
from fathom.library_reasons import reason_of
from fathom.validation import MAX_TEXT_BYTES

_OPENERS: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
PACKED = frozenset({*_OPENERS, ".zip"})
"""Endings of the names of packed files."""
_MOST_MEMBERS = 10_000
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    lzma.LZMAError,
    zlib.error,
    zipfile.BadZipFile,
    RuntimeError,
    NotImplementedError,
)


def inner_name(path: Path) -> str:
    """What the packed file is called, such as ``a.csv`` in ``a.csv.gz``; "" where there is none, or several."""
    suffix = path.suffix.lower()
    if suffix in _OPENERS:
        return path.stem
    if suffix != ".zip" or not path.is_file():
        return ""
    try:
        with zipfile.ZipFile(path) as packed:
            names = _members(packed)
    except _DAMAGED:
        return ""
    return PurePosixPath(names[0]).name if len(names) == 1 else ""


def unpack(path: Path) -> bytes:
    """What is in a packed file.

    Raises:
        UserError: it is damaged, needs a password, or holds more than a text file may.
    """
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as packed, packed.open(_members(packed)[0]) as file:
                return _bounded(path, file)
        with _OPENERS[path.suffix.lower()](path) as file:
            return _bounded(path, file)
    except _DAMAGED as error:
        raise UserError(
            f"{path} cannot be unpacked ({reason_of(error, 80)}): pack it again, or give what was in it"
        ) from None


def _members(packed: zipfile.ZipFile) -> list[str]:
    """The files in it, without folders and what the system of its maker has added."""
    names = packed.namelist()[:_MOST_MEMBERS]
    return [n for n in names if not n.endswith("/") and not n.startswith("__MACOSX/") and n.split("/")[-1][:1] != "."]


def _bounded(path: Path, file: IO[bytes]) -> bytes:
    data = file.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        raise UserError(f"{path} holds more than {MAX_TEXT_BYTES // 2**20} MB: unpack it, and give what was in it")
    return data
