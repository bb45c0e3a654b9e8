"""Folders of pictures beside folders of annotations, as YOLO and Pascal VOC have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fathom.data.file_scan import visible_folders
from fathom.data.image import image_file
from fathom.data.image.listings import split_of

IMAGE_FOLDERS = ("images", "jpegimages", "img", "imgs", "photos")

Place = tuple[Path, Path, str | None, str]
"""Folders of pictures and of labels, the split, and what the ids begin with."""


def paired_folders(place: Path, labels: str, ending: str, right: Callable[[Path], bool]) -> list[Place]:
    """A folder of pictures and one of annotations, with or without splits inside, or within splits; or both in one.

    Args:
        place: where they are sought, below wrappers such as unpacking leaves them.
        labels: what the folder of annotations is called; another name will do where its files say what it is.
        ending: of their files.
        right: whether a file is one of this layout.
    """
    if not place.is_dir():
        return []
    below = visible_folders(place)
    if len(below) == 1 and split_of(below[0].name) is None and not _has_annotations(place, ending, right):
        return paired_folders(below[0], labels, ending, right)
    if sides := _sides(below, labels, ending, right):
        images, beside = sides
        parts = [
            (p, split) for p in visible_folders(images) if (split := split_of(p.name)) and (beside / p.name).is_dir()
        ]
        found = [(p, beside / p.name, split, f"{p.name}/") for p, split in parts]
        return [f for f in found if _has_annotations(f[1], ending, right)] or (
            [(images, beside, None, "")] if _annotates(beside, ending, right) else []
        )
    inside: list[Place] = []
    for part in below:
        if split := split_of(part.name):
            inside += [(one[0], one[1], split, f"{part.name}/") for one in paired_folders(part, labels, ending, right)]
    if inside:
        return inside
    return [(place, place, None, "")] if _has_annotations(place, ending, right) and image_file.has_images(place) else []


def _sides(below: Sequence[Path], labels: str, ending: str, right: Callable[[Path], bool]) -> tuple[Path, Path] | None:
    """The folder of pictures and that of annotations, by their names, or where only the files say which they are."""
    pictures = [p for p in below if p.name.lower() in IMAGE_FOLDERS]
    beside = [p for p in below if p.name.lower() == labels]
    if not beside:
        others = [p for p in below if split_of(p.name) is None and p not in pictures]
        beside = [p for p in others if _annotates(p, ending, right) and not image_file.has_images(p)]
    if not pictures and beside:
        pictures = [p for p in below if p not in beside and split_of(p.name) is None and image_file.has_images(p)]
    return (pictures[0], beside[0]) if len(beside) == 1 and pictures else None


def _annotates(folder: Path, ending: str, right: Callable[[Path], bool]) -> bool:
    """Whether a folder has files of annotations, or one in it has."""
    return any(_has_annotations(p, ending, right) for p in (folder, *visible_folders(folder)))


def _has_annotations(folder: Path, ending: str, right: Callable[[Path], bool]) -> bool:
    """Whether a folder has a file of annotations; the first few that hold something tell."""
    if not folder.is_dir():
        return False
    found = [p for p in sorted(folder.iterdir()) if p.suffix.lower() == ending and p.is_file()]
    filled = [p for p in found if p.stat().st_size and p.name not in ("classes.txt", "labels.txt")]
    return any(right(p) for p in filled[:5])
