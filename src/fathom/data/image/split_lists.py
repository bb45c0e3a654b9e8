"""Files that say which pictures are for training and which for judging, as the field's layouts have them.

ImageSets/Main/train.txt, val.txt, test.txt    Pascal VOC: a name a line, without extension; or in ImageSets itself
train.txt, val.txt, test.txt                   Darknet: a path of a picture a line
data.yaml                                      YOLO: ``train: images/part1`` and so on, folders or such lists
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fathom.data.files import is_file, is_folder
from fathom.data.image import image_file
from fathom.data.listed_names import composed, with_slashes
from fathom.data.table import tables
from fathom.data.text.text_file import read_text
from fathom.errors import Unreadable

_SETS = ("Main", "Segmentation", "")
_YAML_FILES = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml")
_YAML_SPLIT = re.compile(
    r"^(train|val|valid|validation|test)\s*:\s*['\"]?([^'\"#\[\]\n]+?)['\"]?\s*(?:#.*)?$", re.MULTILINE
)


@dataclass
class SplitLists:
    """What lists of splits say.

    Attributes:
        names: names of pictures without folder and extension → split.
        folders: folders whose pictures are of a split.
    """

    names: dict[str, str] = field(default_factory=dict)
    folders: dict[Path, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return "train" in {*self.names.values(), *self.folders.values()}

    def split_of(self, picture: Path) -> str | None:
        """The split of a picture; None where no list has it.

        Args:
            picture: its path.
        """
        inside = next((self.folders[p] for p in picture.resolve().parents if p in self.folders), None)
        return inside or self.names.get(composed(picture.stem))


def split_lists(pictures: Sequence[Path], root: Path) -> SplitLists:
    """The lists that say the splits of pictures; empty where there are none, or none that has most of them.

    Args:
        pictures: whose splits are not known yet.
        root: the folder of the data; lists are sought there, and in the folders between it and the pictures.
    """
    above = pictures[0].parents if pictures else ()
    for folder in (p for p in above if p == root or root in p.parents):
        for found in (_image_sets(folder), _in_yaml(folder), _of_files(folder)):
            if found and sum(found.split_of(p) is not None for p in pictures) > len(pictures) / 2:
                return found
    return SplitLists()


def _image_sets(folder: Path) -> SplitLists:
    sets = next((p for p in (folder / "ImageSets", folder / "imagesets") if p.is_dir()), None)
    for name in _SETS if sets else ():
        if found := _of_files(sets / name if sets else folder):
            return found
    return SplitLists()


def _of_files(folder: Path) -> SplitLists:
    """The lists ``train.txt`` and others in a folder; ``trainval.txt`` counts where there is no ``train.txt``."""
    found = SplitLists()
    if folder.is_dir():
        for name, split in (*tables.SPLIT_NAMES.items(), ("trainval", "train")):
            for line in _lines(folder / f"{name}.txt"):
                found.names.setdefault(_name_in(line), split)
    return found


def _in_yaml(folder: Path) -> SplitLists:
    """What ``data.yaml`` names; its paths may be those of another machine, so that only their ends are looked for."""
    found = SplitLists()
    path = next((folder / name for name in _YAML_FILES if (folder / name).is_file()), None)
    if path is None:
        return found
    for name, where in _YAML_SPLIT.findall("\n".join(_lines(path))):
        inside = Path(*[part for part in Path(where).parts if part not in ("..", ".", "/")])
        tails = (Path(*inside.parts[i:]) for i in range(len(inside.parts)))
        there = (str(folder / tail) for tail in tails)
        target = next((Path(one) for one in there if is_file(one) or is_folder(one)), None)
        if target is not None and target.is_dir():
            found.folders[target.resolve()] = tables.SPLIT_NAMES[name]
        elif target is not None:
            for line in _lines(target):
                found.names.setdefault(_name_in(line), tables.SPLIT_NAMES[name])
    return found


def _lines(path: Path) -> Iterator[str]:
    """The lines of a file that hold something; none where it is no text."""
    if path.is_file():
        try:
            yield from (line.strip() for line in read_text(path).splitlines() if line.strip())
        except Unreadable:
            return


def _name_in(line: str) -> str:
    """The name of a picture in a line: ``2007_000032``, ``2007_000032 1`` or ``data/obj/7 a.jpg``."""
    whole = composed(with_slashes(line))
    path = whole if image_file.is_picture(whole) else whole.split()[0]
    return Path(path).stem if image_file.is_picture(path) else Path(path).name
