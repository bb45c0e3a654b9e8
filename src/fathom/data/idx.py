"""The idx format of MNIST and its kin: a header of big-endian sizes, then the numbers; often gzipped.

The header is checked against what follows before any memory is taken, so that a damaged file cannot ask for more.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from fathom.errors import Unreadable

LARGEST = 4 << 30
"""Bytes of one array; what claims to be larger is refused."""

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_NAME = re.compile(
    r"^(train|t10k|test|dev|valid|val)[-_.](images|labels)[-_.]idx([13])[-_.]ubyte(\.gz)?$", re.IGNORECASE
)
_SPLITS = {"train": "train", "t10k": "test", "test": "test", "dev": "dev", "valid": "dev", "val": "dev"}


def find_idx(folder: Path) -> dict[str, tuple[Path, Path]] | None:
    """The pairs (pictures, labels) in a folder, by split: ``{"train": (…, …), "test": (…, …)}``; None without."""
    if not folder.is_dir():
        return None
    parts: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir(), key=lambda p: p.name, reverse=True):  # the plain file goes before the .gz
        match = _NAME.match(path.name)
        if match and path.is_file():
            parts.setdefault(_SPLITS[match[1].lower()], {})[match[2].lower()] = path
    pairs = {
        split: (parts[split]["images"], parts[split]["labels"])
        for split in ("train", "dev", "test")
        if len(parts.get(split, {})) == 2
    }
    return pairs or None


def read_idx(path: Path) -> NDArray[Any]:
    """The array in an idx file, plain or gzipped.

    Raises:
        Unreadable: it is none, is damaged, or claims to be larger than `LARGEST`.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb") as file:
            return _read(file)
    except FileNotFoundError as error:
        raise Unreadable("file is missing") from error
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("truncated" if isinstance(error, EOFError) else "damaged") from error


def _read(file: BinaryIO) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4:
        raise Unreadable("empty file" if not magic else "truncated within its header")
    if magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 4:
        raise Unreadable("not an idx file")
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise Unreadable("truncated within its header")
    shape = tuple(int(n) for n in np.frombuffer(header, dtype=">u4"))
    dtype = np.dtype(_TYPES[magic[2]])
    expected = math.prod(shape) * dtype.itemsize
    if expected > LARGEST:
        raise Unreadable(f"its header claims {expected / 2**30:.0f} GiB")
    chunks, left = [], expected
    while left and (chunk := file.read(min(left, 1 << 22))):
        chunks.append(chunk)
        left -= len(chunk)
    if left:
        raise Unreadable("truncated")
    if file.read(1):
        raise Unreadable("longer than its header says")
    data = np.frombuffer(b"".join(chunks), dtype=dtype).reshape(shape)
    return data.astype(dtype.newbyteorder("="), copy=False)
