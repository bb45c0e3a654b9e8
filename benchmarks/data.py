"""The data of the comparisons, laid out so that every contender trains and is scored on the same examples."""

from __future__ import annotations

import csv
import gzip
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison import Ask

DATA = Path(os.environ.get("FATHOM_DATA", Path(__file__).parents[2] / "shared" / "data"))
FASHION = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
PARTS = {"train": "train", "test": "t10k"}


@dataclass(frozen=True)
class Fashion:
    """Pictures ``(n, 28, 28)`` uint8 and labels ``(n,)`` uint8, to train on and to test with."""

    train: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    test: tuple[NDArray[np.uint8], NDArray[np.uint8]]


def fashion(ask: Ask) -> Fashion:
    """Fashion-MNIST as arrays."""
    sizes = {"train": 2000, "test": 1000} if ask.quick else {"train": 60_000, "test": 10_000}
    return Fashion(*(_idx(part, sizes[split]) for split, part in PARTS.items()))


def _idx(part: str, n: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    pictures = gzip.decompress((FASHION / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((FASHION / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    return np.frombuffer(pictures, np.uint8, offset=16).reshape(-1, 28, 28)[:n], np.frombuffer(
        labels, np.uint8, offset=8
    )[:n]


def fashion_folders(ask: Ask) -> tuple[str, str]:
    """A folder to train on, and one whose pictures are dev: the official test files, so that all are scored on them."""
    data, train, dev = fashion(ask), ask.folder / "fashion", ask.folder / "dev"
    train.mkdir()
    dev.mkdir()
    for folder, parts in ((train, ("train", "test")), (dev, ("test",))):
        for part in parts:
            images, labels = getattr(data, part)
            for kind, values in (("images-idx3", images), ("labels-idx1", labels)):
                header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
                (folder / f"{PARTS[part]}-{kind}-ubyte").write_bytes(header + values.tobytes())
    return str(train), str(dev)


def catdog_folder(ask: Ask) -> Path:
    """Links to the photos in train/, dev/ and test/: of each ten, one is for dev and one for test."""
    root = ask.folder / "catdog"
    for kind in ("cat", "dog"):
        photos = sorted((DATA / "catdog" / kind).iterdir())
        for i, photo in enumerate(photos[:80] if ask.quick else photos):
            folder = root / {0: "dev", 1: "test"}.get(i % 10, "train") / kind
            folder.mkdir(parents=True, exist_ok=True)
            (folder / photo.name).symlink_to(photo)
    return root


def adult_folder(ask: Ask) -> Path:
    """The rows of adult in train.csv, dev.csv and test.csv: of each ten, one is for dev and one for test."""
    root = ask.folder / "adult"
    root.mkdir()
    with (DATA / "adult" / "adult.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    for name, places in (("dev", (0,)), ("test", (1,)), ("train", tuple(range(2, 10)))):
        with (root / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            kept = [row for i, row in enumerate(rows[:2000] if ask.quick else rows) if i % 10 in places]
            csv.writer(file).writerows([header, *kept])
    return root


def write_pictures(folder: Path, n: int) -> Path:
    """Write ``n`` different grey PNG pictures of 32 × 32 pixels, in two classes that differ in where they are bright."""
    rng = np.random.default_rng(0)
    for kind in (0, 1):
        place = folder / ("left", "right")[kind]
        place.mkdir(parents=True)
        for i in range(n // 2):
            pixels = rng.integers(0, 180, (32, 32), dtype=np.uint8)
            pixels[:, 16 * kind : 16 * kind + 16] += 60
            (place / f"{i:06d}.png").write_bytes(png(pixels))
    return folder


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A grey picture ``(height, width)`` as a PNG file, as fast as it can be written."""
    height, width = pixels.shape
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines, 1)),
        (b"IEND", b""),
    )
    chunks = (struct.pack(">I", len(d)) + name + d + struct.pack(">I", zlib.crc32(name + d)) for name, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
