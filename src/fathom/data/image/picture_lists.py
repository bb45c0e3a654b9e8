"""Text files beside folders of pictures that say splits or classes, a picture a line.

meta/train.txt, meta/test.txt              Food-101: ``apple_pie/1005649``, with or without ending
images.txt, train_test_split.txt           CUB-200: ``1 a/b.jpg`` and ``1 0``, where 1 is train
val/val_annotations.txt                    Tiny ImageNet: the class of each picture of a split, ``val_0.JPEG n0144 …``
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from fathom.data import repairs
from fathom.data.image import image_file
from fathom.data.image.listed_images import ListedImage
from fathom.data.listed_names import composed, with_slashes
from fathom.data.splits.split_folders import splits_by_name
from fathom.data.text.text_file import read_text
from fathom.errors import Unreadable

PLACES = ("", "meta", "splits", "split", "lists", "annotations", "ImageSets", "ImageSets/Main")
"""Folders beside pictures in which lists lie."""
_COVERED = 0.9
"""Share of the pictures that lists must name, or of the lines that must name pictures."""
_CUB = "images.txt", "train_test_split.txt"


def split_by_lists(listed: Sequence[ListedImage], places: Sequence[Path]) -> list[ListedImage]:
    """The pictures with the splits that lists beside them say, which is told; as they are where none do.

    Args:
        listed: pictures in folders of classes, none of which has a split.
        places: folders in which lists may lie, or in a folder of theirs.
    """
    known: dict[str, ListedImage] = {}
    for folder in dict.fromkeys(place / name for place in places for name in PLACES):
        for said, told in (_numbered(folder), _lists(folder)):
            if len(set(said.values())) < 2:
                continue
            known = known or {_key(entry.path): entry for entry in listed}  # there may be a million
            of = {key: split for key, split in said.items() if key in known}
            if len(of) < _COVERED * len(said) or len(set(of.values())) < 2 or "train" not in of.values():
                continue
            if len(of) >= _COVERED * len(known):
                counts = Counter(of.values())
                repairs.tell(f"{told}; {', '.join(f'{n:,} are {split}' for split, n in counts.items())}", folder)
                return [replace(entry, split=of[key]) for key, entry in known.items() if key in of]
    return list(listed)


def labels_listed(folder: Path, classes: Collection[str]) -> dict[str, str]:
    """The classes of the pictures of a split, by their names, where a text file in its folder says them.

    Args:
        folder: of the split.
        classes: that training has.
    """
    for path in sorted(folder.glob("*.txt")) if len(classes) > 1 else ():
        rows = [line.split() for line in lines_of(path)]
        named = {row[0]: row[1] for row in rows if len(row) > 1 and image_file.is_picture(row[0]) and row[1] in classes}
        if rows and len(named) >= _COVERED * len(rows):
            repairs.tell("the classes of its pictures were read from it", path)
            return {composed(PurePosixPath(with_slashes(name)).name): label for name, label in named.items()}
    return {}


def _numbered(folder: Path) -> tuple[dict[str, str], str]:
    """What CUB's two files say: the number of each picture, and which numbers are train."""
    names, splits = (dict(_pairs(folder / name)) for name in _CUB)
    of = {"1": "train", "0": "test"}
    said = {_key(path): of[splits[n]] for n, path in names.items() if splits.get(n) in of}
    return said, f"the splits were read from {_CUB[1]}"


def _lists(folder: Path) -> tuple[dict[str, str], str]:
    """What text files say whose names have the word of a split; what two of them have is in the smaller one."""
    texts = {path.with_suffix(""): path for path in sorted(folder.glob("*.txt"))} if folder.is_dir() else {}
    said: dict[str, str] = {}
    found = splits_by_name(list(texts))
    for stem, split in sorted(found.items(), key=lambda one: one[1] == "train"):
        for line in lines_of(texts[stem]):
            said.setdefault(_key(line if image_file.is_picture(line) else line.split()[0]), split)
    return said, ", ".join(f"{stem.name}.txt was read as the list of {split}" for stem, split in found.items())


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    for line in lines_of(path):
        number, _, rest = line.partition(" ")
        if rest:
            yield number, rest.strip()


def _key(name: str) -> str:
    """A picture by its folder and its name without ending."""
    path = PurePosixPath(with_slashes(composed(name)))
    return "/".join((path.parent.name, path.stem if image_file.is_picture(path.name) else path.name))


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file that hold something; none where it is no text, or not there.

    Args:
        path: of the file.
    """
    if path.is_file():
        try:
            yield from (line.strip() for line in read_text(path).splitlines() if line.strip())
        except Unreadable:
            return
