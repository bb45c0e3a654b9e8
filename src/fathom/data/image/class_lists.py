"""Lists that say the class of each picture of one folder by a number, as those of the Oxford-IIIT pets do.

    images/Abyssinian_1.jpg                      annotations/list.txt       # Image CLASS-ID SPECIES BREED-ID
    images/beagle_7.jpg                                                     Abyssinian_1 1 1 1
                                                 annotations/trainval.txt, annotations/test.txt

A class is called as the names of its pictures begin, where each number has a word of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from fathom.data import repairs
from fathom.data.image import image_file
from fathom.data.image.listed_images import ListedImage
from fathom.data.image.named_images import class_rule
from fathom.data.image.picture_lists import PLACES, lines_of
from fathom.data.listed_names import composed
from fathom.data.splits.split_folders import splits_by_name
from fathom.records import Skipped

_COVERED = 0.9
"""Share of the lines that must name pictures, and of the pictures that lines must name."""
_MIN_PICTURES = 3
"""Pictures of a class, on average."""


def read_class_lists(root: Path, base: Path) -> tuple[list[ListedImage], list[Skipped]]:
    """The pictures that lists give a class; none where there are no such lists.

    Args:
        root: what was asked for, from which names are told.
        base: the folder below it that has the pictures and the lists.
    """
    for folder in (base / name for name in PLACES):
        lists = {path: of for path in _texts(folder) if (of := _numbers_in(path))}
        if not lists:
            continue
        numbers = {name: number for of in lists.values() for name, number in of.items()}
        every = [Path(p) for p in image_file.find_images(base)]
        pictures = [p for p in every if folder == base or folder not in p.parents]
        known = {composed(path.stem): path for path in pictures}
        there = [name for name in numbers if name in known]
        few = min(len(there) / len(numbers), len(there) / max(1, len(pictures))) < _COVERED
        if (
            few
            or len(known) < len(pictures)
            or len({path.parent for path in pictures}) > 1
            or not _are_classes(numbers)
        ):
            continue
        labels, splits = _words(numbers), _splits(lists)
        skipped = [
            Skipped(path.relative_to(root).as_posix(), "no list says its class")
            for name, path in known.items()
            if name not in numbers
        ]
        files = " and ".join(path.name for path in lists)
        repairs.tell(f"the classes of the pictures{' and the splits' if splits else ''} were read from {files}", folder)
        found = [(known[name], labels[numbers[name]], splits.get(name)) for name in there]
        return [ListedImage(p.relative_to(root).as_posix(), str(p), label, split) for p, label, split in found], skipped
    return [], []


def _texts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.txt")) if folder.is_dir() else []


def _numbers_in(path: Path) -> dict[str, str]:
    """The number of the class of each picture; nothing where some line that is no comment says none."""
    found = {}
    for line in lines_of(path):
        if line.startswith("#"):
            continue
        said = re.fullmatch(r"(\S*[^\W\d_]\S*)\s+(\d+)(?:\s+\d+)*", line)
        if said is None:
            return {}
        name = Path(said[1])
        found[composed(name.stem if image_file.is_picture(name.name) else name.name)] = said[2]
    return found


def _are_classes(numbers: Mapping[str, str]) -> bool:
    """Whether numbers go from 0 or 1 without a gap, each with some pictures."""
    own = {int(number) for number in numbers.values()}
    whole = min(own) in (0, 1) and max(own) - min(own) + 1 == len(own)
    return whole and 1 < len(own) <= len(numbers) / _MIN_PICTURES


def _words(numbers: Mapping[str, str]) -> dict[str, str]:
    """What each class is called: as its pictures begin, or by its number."""
    rule = class_rule(list(numbers))
    pairs = {(number, rule(name)) for name, number in numbers.items()} if rule else set()
    each = dict(pairs)
    told = len(pairs) == len(each) == len(set(each.values()))
    return each if told and pairs else {number: number for number in numbers.values()}


def _splits(lists: Mapping[Path, Mapping[str, str]]) -> dict[str, str]:
    """The split of each picture, by the names of the lists; what two of them have is in the smaller one."""
    called = {path.with_name(path.stem.lower().replace("trainval", "train")): path for path in lists}
    named = [(called[name], split) for name, split in splits_by_name(list(called)).items()]
    found: dict[str, str] = {}
    for path, split in sorted(named, key=lambda pair: len(lists[pair[0]])):
        for name in lists[path]:
            found.setdefault(name, split)
    return found if len(Counter(found.values())) > 1 and "train" in found.values() else {}
