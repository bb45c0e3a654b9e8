"""Pictures in a folder for each class."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fathom.data.image import image_file
from fathom.data.image.idx import find_idx, read_idx_folder
from fathom.data.image.image_csv import read_picture_csv
from fathom.data.image.listed_images import ListedImage, examples_of
from fathom.data.image.listings import find_listings, split_of
from fathom.data.table import tables
from fathom.errors import UserError
from fathom.records import Examples, Skipped, Source


def read_picture_folder(source: Source, *, closed: bool = True) -> Examples:
    """Pictures in a folder for each class, or in train/CLASS, dev/CLASS, test/CLASS; also a folder of idx files.

    Args:
        source: where they are.
        closed: dev and test may have no class that train has not.

    Raises:
        UserError: no pictures, no class folders, or one class only.
    """
    root = source.path
    if not root.is_dir():
        raise UserError(f"{source.text} is not a folder: give a folder that has a folder of pictures for each class")
    if find_idx(root) is not None:
        return read_idx_folder(source)
    listings = find_listings(root)
    if listings and (listings[0].sure or not _has_classes(root)):
        return read_picture_csv(source)
    if source.group is not None:
        raise UserError(
            f"a folder of pictures has no column {source.group!r} to group by: give a CSV with the columns path, label "
            f"and {source.group}"
        )
    listed: list[ListedImage] = []
    skipped: list[Skipped] = []
    base = _unwrap(root)
    parts = _ready_parts(base)
    if parts:
        for split, folder in parts:
            _classes(folder, root, "", split, listed, skipped)
    else:
        _classes(base, root, "", None, listed, skipped)
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            if not extra.is_dir():
                raise UserError(f"{extra} is not a folder: give a folder that has a folder of pictures for each class")
            listed = [entry for entry in listed if entry.split != split]
            _classes(_unwrap(extra), extra, f"{split}/", split, listed, skipped)
    if not listed:
        if skipped:
            raise UserError(
                f"the {len(skipped)} pictures in {source.text} lie loose: put those of each class into a folder "
                "named after it, or give a CSV with the columns path and label"
            )
        raise UserError(f"{source.text} has no pictures: give a folder that has a folder of pictures for each class")
    _check_classes(listed, source.text, closed=closed)
    return replace(examples_of(listed, skipped, "folder", source.text), by_folder=True)


def _folders(folder: Path) -> list[Path]:
    """The visible folders in a folder that hold pictures, at any depth."""
    below = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name != "__MACOSX")
    return [p for p in below if image_file.has_images(p)]


def _lists_loose_images(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".") and image_file.is_picture(p)
    )


def _unwrap(root: Path) -> Path:
    """The folder that has the classes or splits, below wrappers such as unpacking leaves them."""
    while True:
        below = _folders(root)
        if len(below) != 1 or _lists_loose_images(root) or len(_folders(below[0])) < 2:
            return root
        if below[0].name.lower() in tables.SPLIT_NAMES:
            return root
        root = below[0]


def _ready_parts(folder: Path) -> list[tuple[str, Path]]:
    """Folders that are ready-made splits, where all are and one is for training."""
    below = _folders(folder)
    parts = [(tables.SPLIT_NAMES[p.name.lower()], p) for p in below if p.name.lower() in tables.SPLIT_NAMES]
    splits = [split for split, _ in parts]
    if not parts or len(parts) < len(below) or "train" not in splits:
        return []
    if len(set(splits)) < len(splits):
        twice = next(s for s in splits if splits.count(s) > 1)
        names = " and ".join(p.name for s, p in parts if s == twice)
        raise UserError(f"{folder} has the folders {names}, both for {twice}: keep one of them")
    order = ("train", "train-dev", "dev", "test")
    return sorted(parts, key=lambda part: order.index(part[0]))


def _has_classes(root: Path) -> bool:
    """Whether there are folders named after classes: two or more that are none of splits."""
    base = _unwrap(root)
    train = [folder for split, folder in _ready_parts(base) if split == "train"]
    return len([folder for folder in _folders((train or [base])[0]) if split_of(folder.name) is None]) > 1


def _classes(
    folder: Path, root: Path, prefix: str, split: str | None, listed: list[ListedImage], skipped: list[Skipped]
) -> None:
    """Lists the pictures of each class folder; those that lie loose are skipped."""
    start = len(os.path.join(folder, ""))  # noqa: PTH118 - it ends with the separator
    if folder != root:
        prefix += _printable_name(folder.relative_to(root).as_posix()) + "/"
    for path in image_file.find_images(folder):
        name = _printable_name(path[start:].replace(os.sep, "/"))
        label, inside, _ = name.partition("/")
        if inside:
            listed.append(ListedImage(prefix + name, path, sys.intern(label), split))
        else:
            skipped.append(Skipped(prefix + name, "lies outside the class folders"))


def _printable_name(name: str) -> str:
    r"""A name of a file as text that any file can hold: bytes that are no UTF-8 are written ``\xe9``."""
    return name if name.isascii() else name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _check_classes(listed: Sequence[ListedImage], text: str, *, closed: bool) -> None:
    train = {e.label for e in listed if e.split in (None, "train")}
    if len(train) < 2:
        only = f"one class folder only, {next(iter(train))}" if train else "no class folders"
        raise UserError(f"{text} has {only}: it takes a folder of pictures for each of two classes or more")
    for split in ("train-dev", "dev", "test") if closed else ():
        if unknown := sorted(str(e) for e in {e.label for e in listed if e.split == split} - train):
            raise UserError(
                f"the {split} pictures have the class {unknown[0]!r} that the training pictures have not: "
                f"name the class folders alike; training has {', '.join(sorted(str(c) for c in train)[:20])}"
            )
