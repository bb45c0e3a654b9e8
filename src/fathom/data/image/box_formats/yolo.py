"""YOLO: images/NAME.jpg and labels/NAME.txt with lines ``class cx cy width height`` in shares of the sides.

A line with more numbers is an outline, ``class x y x y x y …``, and stands for the box around it; one with six words is
what a detector wrote, with its confidence last. Names of the classes stand in data.yaml, classes.txt or obj.names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from fathom.data.image import image_file
from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.image.box_formats.paired_folders import Place, paired_folders
from fathom.data.text.text_file import read_text
from fathom.data.yaml_file import read_yaml
from fathom.errors import Unreadable, UserError
from fathom.records import Skipped
from fathom.validation import coordinate

_NAME_FILES = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml", "classes.txt", "obj.names")
_MAX_CLASS = 100_000
_FARTHEST_SHARE = 2.0
"""Shares of a side beyond this are pixels."""
OUTLINES = "outlines, of which the box around each is taken"
UNKNOWN_CLASSES = "boxes of a class that the names do not have"
IN_PIXELS = "boxes in pixels, where shares of the sides are usual"


def folders(place: Path) -> list[Place]:
    """``images/`` and ``labels/``, with or without splits inside, or within splits; or both in one folder."""
    return paired_folders(place, "labels", ".txt", _is_yolo)


def _is_yolo(path: Path) -> bool:
    try:
        rows = [line.split() for line in read_text(path, Counter()).splitlines() if line.strip()]
        return bool(rows) and all(map(_is_row, rows[:20])) and (_has_shares(rows[:20]) or "labels" in path.parts)
    except Unreadable:
        return False


def _is_row(words: Sequence[str]) -> bool:
    """Whether words are the number of a class and a box or an outline; or a name and a box, which is refused later."""
    try:
        values = _numbers(words)
        if len(values) != 4 or not all(0 <= value <= 1 for value in values):
            _class_number(words[0])
    except ValueError:
        return False
    return True


def _has_shares(rows: Sequence[Sequence[str]]) -> bool:
    return all(-1 <= value <= _FARTHEST_SHARE for words in rows for value in _numbers(words))


def class_names(place: Path, labels: Sequence[Path] = ()) -> dict[int, str]:
    """Names of the classes by their numbers, from data.yaml, classes.txt or obj.names.

    Args:
        place: of the data: the file is sought there first, and one up last.
        labels: folders of labels; LabelImg writes a ``classes.txt`` into each.

    Raises:
        UserError: such a file cannot be read, or those of two folders of labels differ.
    """
    if file := _names_file(place):
        return _read_names(file)
    for folders_of_names in (labels, [p.parent for p in labels]):
        files = [file for folder in dict.fromkeys(folders_of_names) if (file := _names_file(folder))]
        said = [_read_names(file) for file in files]
        if other := next((file for file, names in zip(files, said, strict=True) if names != said[0]), None):
            raise UserError(f"{files[0]} and {other} name different classes: give all labels the same numbers")
        if said:
            return said[0]
    return _read_names(file) if (file := _names_file(place.parent)) else {}


def _names_file(folder: Path) -> Path | None:
    return next((folder / name for name in _NAME_FILES if (folder / name).is_file()), None)


def _read_names(path: Path) -> dict[int, str]:
    """The names in a file.

    Raises:
        UserError: it cannot be read.
    """
    try:
        if path.suffix in (".txt", ".names"):
            return dict(enumerate(line.strip() for line in read_text(path).splitlines() if line.strip()))
        return _names_in(read_yaml(path).get("names"))
    except Unreadable as error:
        raise UserError(f"{path} cannot be read ({error}): write the names of the classes anew") from None


def _names_in(names: object) -> dict[int, str]:
    """What stands under ``names:``, a list, or a mapping of numbers; names that are no texts are written as such.

    Raises:
        Unreadable: it is something else.
    """
    pairs = (
        list(enumerate(names)) if isinstance(names, list) else list(names.items()) if isinstance(names, dict) else []
    )
    found: dict[int, str] = {}
    for number, name in pairs:
        if isinstance(name, (list, dict)):
            raise Unreadable("under names stands a list in a list")
        try:
            found[_class_number(str(number))] = str(name)
        except ValueError:
            raise Unreadable(f"under names stands {str(number)[:40]!r}, which is no number of a class") from None
    return found


def read(
    images: Path, labels: Path, names: Mapping[int, str], split: str | None, prefix: str, found: BoxAnnotations
) -> None:
    """Add what a folder of pictures and one of labels hold."""
    for _, name in sorted(names.items()):
        found.number(name)
    for path in map(Path, image_file.find_images(images)):
        file = labels / path.relative_to(images).with_suffix(".txt")
        own = prefix + path.relative_to(images).as_posix()
        if not file.is_file():
            found.skipped.append(Skipped(own, "it has no file of labels"))
            continue
        try:
            text = read_text(file) if file.stat().st_size else ""  # an empty file: nothing to be found there
            rows = [_row(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        except (Unreadable, ValueError) as error:
            where = f"{labels.name}/{file.relative_to(labels).as_posix()}"
            found.skipped.append(Skipped(own, f"its labels cannot be read ({where}: {str(error)[:80]})"))
            continue
        pixels = any(abs(value) > _FARTHEST_SHARE for _, corners, _ in rows for value in corners)
        boxes = [box for row in rows if (box := _box(row, names, own, found, pixels=pixels))]
        found.pictures.append(AnnotatedBoxes(own, path, tuple(boxes), split, relative=not pixels))


def refuse_numbers_from_one(text: str, names: Mapping[int, str], found: BoxAnnotations) -> None:
    """Refuse boxes whose classes are counted from 1 where the names are counted from 0: each would be of another class.

    Args:
        text: the source as the user gave it.
        names: of the classes, by their numbers.
        found: all boxes of all splits.

    Raises:
        UserError: the boxes have every number from 1 to that of the names, and no 0.
    """
    if names and found.numbers == set(range(1, len(names) + 1)) and set(names) == set(range(len(names))):
        raise UserError(
            f"the boxes in {text} number their classes from 1 to {len(names)}, and the {len(names)} names are counted"
            " from 0: take 1 from each number, or give the names as a mapping of these numbers"
        )


Row = tuple[int, tuple[float, float, float, float], bool]
"""Number of the class, corners, and whether it was an outline."""


def _row(number: int, line: str) -> Row:
    """A line of labels.

    Raises:
        ValueError: it is none; says which.
    """
    try:
        words = line.split()
        kind, values = _class_number(words[0]), _numbers(words)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None
    if len(values) > 4:
        return kind, (min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])), True
    x, y, width, height = values
    return kind, (x - width / 2, y - height / 2, x + width / 2, y + height / 2), False


def _class_number(word: str) -> int:
    """The number of a class, which some programs write as ``0.0``.

    Raises:
        ValueError: it is none.
    """
    try:
        number = coordinate(word)
    except ValueError:
        raise ValueError(f"'{word[:20]}' is no number of a class") from None
    if number != int(number) or abs(number) > _MAX_CLASS:
        raise ValueError(f"'{word[:20]}' is no number of a class")
    return int(number)


def _numbers(words: Sequence[str]) -> list[float]:
    """The four numbers of a box, or the places of an outline.

    Raises:
        ValueError: they are neither.
    """
    values = words[1:5] if len(words) == 6 else words[1:]  # a sixth is the confidence of a detector
    if len(values) != 4 and (len(values) < 6 or len(values) % 2):
        raise ValueError(f"{len(words)} words, where a box has 5 and an outline 7, 9 or more")
    return [coordinate(value) for value in values]


def _box(row: Row, names: Mapping[int, str], own: str, found: BoxAnnotations, *, pixels: bool) -> Box | None:
    """A box with the name of its class; None where the names have no such class. What is odd is noted."""
    kind, corners, outline = row
    found.numbers.add(kind)
    if kind < 0 or (names and kind not in names):
        found.fault(UNKNOWN_CLASSES, own)
        return None
    if outline:
        found.fault(OUTLINES, own)
    if pixels:
        found.fault(IN_PIXELS, own)
    return names.get(kind, f"class {kind}"), *corners, 0
