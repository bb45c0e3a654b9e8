"""Where the pictures lie that a COCO file lists: beside it, in images/, in the folder of its split, or one up.

A name is often that of another picture in the folder of another split. So the folder of a file's own split comes first,
and a name that several different files have is refused: boxes must not be laid on another picture.
"""

from __future__ import annotations

import filecmp
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from fathom.data.image.box_formats.annotations import AnnotatedBoxes
from fathom.data.image.box_formats.paired_folders import IMAGE_FOLDERS
from fathom.data.image.listings import split_of
from fathom.data.listed_names import ListedNames
from fathom.errors import UserError

_ANNOTATED = re.compile("label|annot|mask", re.IGNORECASE)
"""In names of folders whose pictures are masks, if there are any."""
_SAMPLE = 20

_Tier = list[ListedNames]
"""Folders of which none comes before another."""


class CocoPictures:
    """Finds the pictures of a COCO file.

    Args:
        file: of the annotations.
        split: that it is for, or None.
        names: of its pictures, as it lists them.
    """

    def __init__(self, file: Path, split: str | None, names: Sequence[str]) -> None:
        self.file = file
        self._tiers = _tiers((file.parent,), split)
        if not any(self.locate(name) for name in names[:_SAMPLE]):  # the file lies in a folder of its own
            self._tiers = _tiers((file.parent, file.parent.parent), split)

    def locate(self, name: str) -> Path | None:
        """Where a picture lies, never outside; one that its name puts elsewhere is sought by the end of that name.

        Raises:
            UserError: several different files have that name, and nothing says which is meant.
        """
        for shortest in (2, 1):
            for tier in self._tiers:
                there = (place.find_inside(name, shortest) for place in tier)
                found = list(dict.fromkeys(path for path in there if path))
                if other := next((p for p in found[1:] if not filecmp.cmp(found[0], p, shallow=False)), None):
                    raise UserError(
                        f"{self.file} lists {name}, and both {found[0]} and {other} have that name: name its folder"
                        f" there, such as {other.parent.name}/{other.name}"
                    )
                if found:
                    return found[0]
        return None


def _tiers(bases: Sequence[Path], split: str | None) -> list[_Tier]:
    """The folders in which pictures are sought, in the order in which they count."""
    found: dict[int, _Tier] = defaultdict(list)
    for path, told, named in (one for base in bases for one in _below(base)):
        if _ANNOTATED.search(path.name):
            order = 5
        elif told is not None:
            order = 0 if told == split else 4
        else:
            order = 2 if named else 3
        found[order].append(ListedNames(path))
    own = [found.pop(0)] if 0 in found else []
    return [*own, *([ListedNames(base)] for base in bases), *(tier for _, tier in sorted(found.items()))]


def _below(base: Path) -> Iterator[tuple[Path, str | None, bool]]:
    """The folders in one, with the split that their names tell, and whether they are named as one of pictures.

    In a folder of pictures those of the splits count too (``images/train``), and the other way round.
    """
    for path in _folders(base):
        split, named = split_of(path.name), path.name.lower() in IMAGE_FOLDERS
        yield path, split, named
        for inner in _folders(path) if split or named else ():
            if named and (told := split_of(inner.name)):
                yield inner, told, True
            elif split and inner.name.lower() in IMAGE_FOLDERS:
                yield inner, split, True


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def refuse_strangers(pictures: Sequence[AnnotatedBoxes]) -> None:
    """Refuse pictures in the folder of one split that the annotations of another list too: their own are missing.

    Args:
        pictures: of the COCO files of one place.

    Raises:
        UserError: there is such a picture.
    """
    owners = {(one.path, one.split) for one in pictures}
    for one in pictures:
        told = split_of(one.path.parent.name)
        if told and one.split and told != one.split and (one.path, told) in owners:
            raise UserError(
                f"{one.path} has boxes of {told} and of {one.split}, since {one.split} has no picture of that name in"
                f" a folder of its own: add its pictures, or delete its file of annotations"
            )
