"""Folders of pictures beside folders of annotations, as YOLO and Pascal VOC have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fathom.data.image import image_file
from fathom.data.table import tables

IMAGE_FOLDERS = ("images", "jpegimages", "img", "imgs", "photos")

Place = tuple[Path, Path, str | None, str]
"""Folders of pictures and of labels, the split, and what the ids begin with."""


def paired_folders(place: Path, labels: str, ending: str, right: Callable[[Path], bool]) -> list[Place]:
    """A folder of pictures and one of annotations, with or without splits inside, or within splits; or both in one.

    Args:
        place: where they are sought.
        labels: what the folder of annotations is called.
        ending: of their files.
        right: whether a file is one of this layout.
    """
    if not place.is_dir():
        return []
    images = next((p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() in IMAGE_FOLDERS), None)
    beside = next((p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() == labels), None)
    if images and beside:
        parts = [p for p in sorted(images.iterdir()) if p.is_dir() and p.name.lower() in tables.SPLIT_NAMES]
        found = [(p, beside / p.name, tables.SPLIT_NAMES[p.name.lower()], f"{p.name}/") for p in parts]
        return [f for f in found if _has_annotations(f[1], ending, right)] or (
            [(images, beside, None, "")] if _has_annotations(beside, ending, right) else []
        )
    parts = [p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() in tables.SPLIT_NAMES]
    inside: list[Place] = []
    for part in parts:
        split = tables.SPLIT_NAMES[part.name.lower()]
        inside += [(one[0], one[1], split, f"{part.name}/") for one in paired_folders(part, labels, ending, right)]
    if inside:
        return inside
    return [(place, place, None, "")] if _has_annotations(place, ending, right) and image_file.has_images(place) else []


def _has_annotations(folder: Path, ending: str, right: Callable[[Path], bool]) -> bool:
    """Whether a folder has a file of annotations; the first few that hold something tell."""
    if not folder.is_dir():
        return False
    found = [p for p in sorted(folder.iterdir()) if p.suffix.lower() == ending and p.is_file()]
    filled = [p for p in found if p.stat().st_size and p.name not in ("classes.txt", "labels.txt")]
    return any(right(p) for p in filled[:5])
