"""The idx format of MNIST and its kin: a header of big-endian sizes, then the numbers; often gzipped.

The header is checked against what follows before any memory is taken, so that a damaged file cannot ask for more.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import re
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, InputKind, Source

MAX_BYTES = 4 << 30
"""Bytes of one array; what claims to be larger is refused."""

_GZIP = 1032  # what gzip can save, at most
_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_NAME = re.compile(
    r"^(.*[-_.])?(train|t10k|test|dev|valid|validation|val)[-_.](images|labels)[-_.]idx([13])[-_.]ubyte(\.gz)?$",
    re.IGNORECASE,
)
_SPLITS = {"train": "train", "t10k": "test", "test": "test"}  # all others are dev


def find_idx(folder: Path, deep: int = 2) -> dict[str, tuple[Path, Path]] | None:
    """The pairs (pictures, labels) in a folder, by split: ``{"train": (…, …), "test": (…, …)}``; None without.

    Names may begin with that of the set (``emnist-letters-train-images-idx3-ubyte``); torchvision's ``MNIST/raw`` is
    found from above.

    Args:
        folder: where to look.
        deep: how many folders further down, each the only one.

    Raises:
        UserError: there are several sets in the folder.
    """
    if not folder.is_dir():
        return None
    sets: dict[str, dict[str, dict[str, Path]]] = {}
    for path in sorted(folder.iterdir(), key=lambda p: p.name, reverse=True):  # the plain file goes before the .gz
        match = _NAME.match(path.name)
        if match and path.is_file():
            parts = sets.setdefault((match[1] or "").lower(), {})
            parts.setdefault(_SPLITS.get(match[2].lower(), "dev"), {})[match[3].lower()] = path
    if len(sets) > 1 and "" not in sets:
        names = ", ".join(sorted(name.rstrip("-_.") for name in sets))
        raise UserError(
            f"{folder} has the idx files of several sets ({names}): put those of one into a folder of its own"
        )
    if not sets:
        inside = [p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")]
        raw = [p for p in inside if p.name.lower() == "raw"] or inside
        return find_idx(raw[0], deep - 1) if len(raw) == 1 and deep else None
    parts = sets.get("") or next(iter(sets.values()))
    pairs = {
        split: (parts[split]["images"], parts[split]["labels"])
        for split in ("train", "dev", "test")
        if len(parts.get(split, {})) == 2
    }
    return pairs or None


def read_idx(path: Path) -> NDArray[Any]:
    """The array in an idx file, plain or gzipped.

    Raises:
        Unreadable: it is none, is damaged, or claims to be larger than `MAX_BYTES`.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        most = path.stat().st_size * (_GZIP if zipped else 1)
        with cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb") as file:
            return _read(file, most)
    except FileNotFoundError as error:
        raise Unreadable("file is missing") from error
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("truncated" if isinstance(error, EOFError) else "damaged") from error


def _read(file: BinaryIO, most: int) -> NDArray[Any]:
    """The array, of which the file cannot hold more than `most` bytes."""
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
    if expected > MAX_BYTES:
        raise Unreadable(f"its header claims {expected / 2**30:.0f} GiB")
    if expected > most:
        raise Unreadable("truncated")
    data = np.empty(expected, np.uint8)
    read = 0
    while read < expected and (chunk := file.read(min(expected - read, 1 << 22))):
        data[read : read + len(chunk)] = np.frombuffer(chunk, np.uint8)
        read += len(chunk)
    if read < expected:
        raise Unreadable("truncated")
    if file.read(1):
        raise Unreadable("longer than its header says")
    data = data.view(dtype).reshape(shape)
    return data.astype(dtype.newbyteorder("="), copy=False)


def read_idx_folder(source: Source) -> Examples:
    """Pictures in idx files, as arrays; ids are ``train/00001`` and so on.

    Raises:
        UserError: the files are damaged, or do not belong together.
    """
    pairs = find_idx(source.path)
    if pairs is None:
        raise UserError(f"{source.text} has no idx files: give a folder with train-images-idx3-ubyte and its labels")
    found = [(split, files) for split, files in pairs.items()]
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            more = find_idx(extra) or {}
            if not more:
                raise UserError(f"{extra} has no idx files: give a folder with images-idx3-ubyte and its labels")
            found = [(s, f) for s, f in found if s != split] + [(split, more.get(split) or next(iter(more.values())))]
    items: list[Example] = []
    for split, (pixels, names) in found:
        try:
            images = read_idx(pixels)
        except Unreadable as error:
            raise UserError(f"{pixels} cannot be read ({error}): download it again") from error
        try:
            labels = read_idx(names)
        except Unreadable as error:
            raise UserError(f"{names} cannot be read ({error}): download it again") from error
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise UserError(
                f"{pixels.name} has the shape {images.shape} and {names.name} {labels.shape}, which do not fit: "
                "give n pictures (n, height, width) and n labels"
            )
        images.flags.writeable = False
        for i, (image, label) in enumerate(zip(images, labels.tolist()), 1):
            digest = hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
            items.append(Example(f"{split}/{i:05d}", image, str(label), split=split, content=digest))
    if not items:
        raise UserError(f"{source.text} has no pictures in its idx files: download them again")
    if len({item.target for item in items}) < 2:
        raise UserError(f"the pictures in {source.text} all have the label {items[0].target}: it takes two or more")
    return Examples(tuple(items), (), "pictures", "label", InputKind.PICTURE)
