"""COCO: a JSON file with images, annotations and categories; the pictures beside it, or in images/."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.table import tables
from fathom.errors import UserError
from fathom.records import Skipped

_MAX_BYTES = 200_000_000
"""Bytes of a file of annotations; a larger one is refused."""


def annotation_files(place: Path) -> list[tuple[Path, str | None, str]]:
    """Files in COCO's layout with their splits: the place itself, in it, in annotations/, or one in each split.

    The last is what the ids begin with: names of pictures need differ only within a file.
    """
    if place.is_file():
        return [(place, None, "")] if _is_coco(place) else []
    if not place.is_dir():
        return []
    for folder in (place, place / "annotations"):
        found = [p for p in sorted(folder.glob("*.json")) if _is_coco(p)]
        if found:
            told = [(p, _split_in(p.stem), f"{_split_in(p.stem)}/") for p in found]
            if len(found) == 1 or len({split for _, split, _ in told}) < len(found):
                return [(found[0], told[0][1], "")]
            return told
    parts = [p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() in tables.SPLIT_NAMES]
    below = [(p, f) for p in parts for f in sorted(p.glob("*.json")) if _is_coco(f)]
    return [(f, tables.SPLIT_NAMES[p.name.lower()], f"{p.name}/") for p, f in below]


def _split_in(stem: str) -> str | None:
    """The split that a file's name tells of: ``instances_val2017`` is dev."""
    words = re.split(r"[^a-z]+", stem.lower())
    return next((tables.SPLIT_NAMES[word] for word in words if word in tables.SPLIT_NAMES), None)


def _is_coco(path: Path) -> bool:
    """Whether a JSON file begins like COCO's: looks at the keys, not at everything."""
    try:
        if path.suffix.lower() != ".json" or path.stat().st_size > _MAX_BYTES:
            return False
        with path.open("rb") as file:
            head = file.read(2_000_000)
        return b'"images"' in head and (b'"annotations"' in head or b'"categories"' in head or len(head) == 2_000_000)
    except OSError:
        return False


def read(path: Path, split: str | None, prefix: str, found: BoxAnnotations) -> None:
    """Add what a COCO file says."""
    try:
        about = json.loads(path.read_bytes())
        names = {c["id"]: str(c["name"]) for c in about.get("categories", [])}
        listed = [(i["id"], str(i["file_name"]), i.get("width"), i.get("height")) for i in about["images"]]
        boxes: dict[Any, list[Box]] = {}
        for one in about.get("annotations", []):
            if not one.get("bbox"):
                found.fault("annotations without a box", str(one.get("image_id")))
                continue
            left, top, width, height = (float(v) for v in one["bbox"])
            kind = names.get(one["category_id"], f"class {one['category_id']}")
            box = (kind, left, top, left + width, top + height, int(bool(one.get("iscrowd", 0))))
            boxes.setdefault(one["image_id"], []).append(box)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path} is no COCO file ({type(error).__name__}: {str(error)[:60]}): export it again"
        ) from None
    for name in names.values():
        found.number(name)
    known = {number for number, *_ in listed}
    for number in sorted(set(boxes) - known, key=str):
        found.skipped.append(Skipped(f"{path.name}: picture {number}", "has boxes, but is not listed"))
    for number, name, width, height in listed:
        file = _located(path.parent, name)
        size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
        if file is None:
            found.skipped.append(Skipped(prefix + name, "file is missing"))
        else:
            found.pictures.append(AnnotatedBoxes(prefix + name, file, tuple(boxes.get(number, ())), split, size=size))


def _located(folder: Path, name: str) -> Path | None:
    """Where a picture of COCO lies: beside its file, in images/, in a folder of its split, or one up."""
    safe = Path(name.replace("\\", "/"))
    if safe.is_absolute() or ".." in safe.parts:
        return None
    around = (folder, folder.parent)
    below = [d for base in around for d in (base, *(p for p in sorted(base.iterdir()) if p.is_dir()))]
    tried = (place / part for place in below for part in (safe, Path(safe.name)))
    return next((path for path in tried if path.is_file()), None)
