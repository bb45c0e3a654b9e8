"""YOLO: images/NAME.jpg and labels/NAME.txt with lines ``class cx cy width height`` in shares of the sides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fathom.data.image import image_file
from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.image.box_formats.paired_folders import Place, paired_folders
from fathom.data.text.texts import read_text
from fathom.errors import Unreadable
from fathom.records import Skipped


def folders(place: Path) -> list[Place]:
    """``images/`` and ``labels/``, with or without splits inside, or within splits; or both in one folder."""
    return paired_folders(place, "labels", ".txt", _is_yolo)


def _is_yolo(path: Path) -> bool:
    try:
        rows = [line.split() for line in read_text(path, Counter()).splitlines() if line.strip()]
        return bool(rows) and all(len(row) in (5, 6) and row[0].isdigit() and _shares(row[1:5]) for row in rows[:20])
    except Unreadable:
        return False


def _shares(words: Sequence[str]) -> bool:
    try:
        return all(-1 <= float(word) <= 2 for word in words)
    except ValueError:
        return False


def class_names(place: Path) -> list[str]:
    """Names of the classes, from data.yaml, classes.txt or obj.names, in the folder or one up."""
    for folder in (place, place.parent):
        for name in ("data.yaml", "dataset.yaml", "data.yml", "classes.txt", "obj.names"):
            path = folder / name
            if path.is_file():
                text = read_text(path)
                if path.suffix in (".txt", ".names"):
                    return [line.strip() for line in text.splitlines() if line.strip()]
                return _names_in_yaml(text)
    return []


def _names_in_yaml(text: str) -> list[str]:
    """The list or mapping under ``names:``, without a library for the rest of the language."""
    inline = re.search(r"^names\s*:\s*\[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    if inline:
        return [part.strip().strip("'\"") for part in inline[1].split(",") if part.strip()]
    block = re.search(r"^names\s*:\s*\n((?:[ \t]+.*\n?|-.*\n?)+)", text, re.MULTILINE)
    lines = block[1].splitlines() if block else []
    return [re.sub(r"^\s*(-|\d+\s*:)\s*", "", line).strip().strip("'\"") for line in lines if line.strip()]


def read(images: Path, labels: Path, names: list[str], split: str | None, prefix: str, found: BoxAnnotations) -> None:
    """Add what a folder of pictures and one of labels hold."""
    for name in names:
        found.number(name)
    for path in map(Path, image_file.find_images(images)):
        file = labels / path.relative_to(images).with_suffix(".txt")
        own = prefix + path.relative_to(images).as_posix()
        if not file.is_file():
            found.skipped.append(Skipped(own, "it has no file of labels"))
            continue
        try:
            text = read_text(file) if file.stat().st_size else ""  # an empty file: nothing to be found there
            boxes = [_box(line, names) for line in text.splitlines() if line.strip()]
        except (Unreadable, ValueError, IndexError) as error:
            found.skipped.append(Skipped(own, f"its labels cannot be read ({str(error)[:60]})"))
            continue
        found.pictures.append(AnnotatedBoxes(own, path, tuple(boxes), split, relative=True))


def _box(line: str, names: list[str]) -> Box:
    number, *words = line.split()
    x, y, width, height = (float(word) for word in words[:4])
    kind = int(number)
    name = names[kind] if 0 <= kind < len(names) else f"class {kind}"
    return name, x - width / 2, y - height / 2, x + width / 2, y + height / 2, 0
