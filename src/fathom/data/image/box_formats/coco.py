"""COCO: a JSON file with images, annotations and categories; the pictures beside it, or in images/."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.listed_names import ListedNames
from fathom.data.table import tables
from fathom.errors import UserError
from fathom.library_reasons import reason_of
from fathom.records import Skipped
from fathom.validation import coordinate

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


def _why(error: Exception) -> str:
    """What is wrong with the file: a name that an entry lacks, or a value of another kind."""
    if isinstance(error, KeyError):
        return f"an entry has no {error.args[0]!r}"
    if isinstance(error, TypeError | AttributeError):
        return "a list or a mapping is missing where one should be"
    return reason_of(error, 60)


def read(path: Path, split: str | None, prefix: str, found: BoxAnnotations) -> None:
    """Add what a COCO file says.

    Raises:
        UserError: it is none.
    """
    try:
        about = json.loads(path.read_bytes())
        names = {_key(c["id"]): str(c["name"]) for c in about.get("categories") or []}
        listed = [(_key(i["id"]), str(i["file_name"]), _size(i)) for i in about["images"]]
        annotations = list(about.get("annotations") or [])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is no COCO file ({_why(error)}): export it again") from None
    for name in names.values():
        found.number(name)
    shown = {number: prefix + name for number, name, _ in listed}
    boxes: dict[str, list[Box]] = {}
    for one in annotations:
        if box := _box(one, names, shown, found):
            boxes.setdefault(_key(one["image_id"]), []).append(box)
    for number in sorted(set(boxes) - set(shown)):
        found.skipped.append(Skipped(f"{path.name}: picture {number}", "has boxes, but is not listed"))
    near = _near(path.parent)
    for number, name, size in listed:
        file = _located(near, name)
        if file is None:
            found.skipped.append(Skipped(prefix + name, "file is missing"))
        else:
            found.pictures.append(AnnotatedBoxes(prefix + name, file, tuple(boxes.get(number, ())), split, size=size))


def _box(one: Any, names: Mapping[str, str], shown: Mapping[str, str], found: BoxAnnotations) -> Box | None:
    """A box of the annotations; None, and noted, where it is none."""
    if not isinstance(one, dict):
        found.fault("annotations that are none", "")
        return None
    own = shown.get(_key(one.get("image_id")), f"picture {_key(one.get('image_id'))}")
    corners = one.get("bbox")
    if not corners or not isinstance(corners, list):
        found.fault("annotations without a box", own)
        return None
    try:
        left, top, width, height = map(coordinate, corners)
    except ValueError:
        found.fault("boxes without four numbers", own)
        return None
    if "category_id" not in one or "image_id" not in one:
        found.fault("boxes without a class or a picture", own)
        return None
    number = _key(one["category_id"])
    crowd = one.get("iscrowd") in (1, True, 1.0, "1")
    return names.get(number, f"class {number}"), left, top, left + width, top + height, int(crowd)


def _key(number: object) -> str:
    """An id, as one text: some programs write 1 at one place and "1" or 1.0 at another."""
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return str(number)[:100]


def _size(image: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height of a picture as the file claims them; None where it does not."""
    try:
        width, height = (int(coordinate(image.get(k))) for k in ("width", "height"))
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None


def _near(folder: Path) -> list[ListedNames]:
    """Where pictures of COCO lie: beside their file, in images/, in a folder of its split, or one up."""
    around = (folder, folder.parent)
    below = [d for base in around for d in (base, *(p for p in sorted(base.iterdir()) if p.is_dir()))]
    return [ListedNames(place) for place in below]


def _located(near: list[ListedNames], name: str) -> Path | None:
    """Where a picture lies, never outside; one that its name puts elsewhere is sought by the end of that name."""
    return next((path for place in near if (path := place.find_inside(name))), None)
