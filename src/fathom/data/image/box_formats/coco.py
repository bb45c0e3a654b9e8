"""COCO: a JSON file with images, annotations and categories; the pictures beside it, or in images/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fathom.data import repairs
from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.image.box_formats.coco_pictures import CocoPictures
from fathom.errors import UserError
from fathom.library_reasons import reason_of
from fathom.records import Skipped
from fathom.validation import coordinate


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
        UserError: it is none, or one of its pictures may be one of several files.
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
    found.names.update(names)
    shown = {number: prefix + name for number, name, _ in listed}
    boxes: dict[str, list[Box]] = {}
    for one in annotations:
        if box := _box(one, names, shown, found):
            boxes.setdefault(_key(one["image_id"]), []).append(box)
    for number in sorted(set(boxes) - set(shown)):
        found.skipped.append(Skipped(f"{path.name}: picture {number}", "has boxes, but is not listed"))
    if any(isinstance(one, Mapping) and one.get("keypoints") for one in annotations):
        repairs.tell("its keypoints are not learned, only its boxes", path)
    near = CocoPictures(path, split, [name for _, name, _ in listed])
    for number, name, size in listed:
        file = near.locate(name)
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
    if number.isdecimal():
        found.numbers.add(int(number))
    return names.get(number, f"class {number}"), left, top, left + width, top + height, int(crowd)


def refuse_numbers_from_zero(text: str, found: BoxAnnotations) -> None:
    """Refuse boxes whose classes are counted from 0 where the categories are from 1: each would be of another class.

    Args:
        text: the source as the user gave it.
        found: all boxes that were read.

    Raises:
        UserError: the boxes have the number 0 and not the last of the categories, which are counted from 1.
    """
    count = len(found.names)
    if set(found.names) == {str(k) for k in range(1, count + 1)} and found.numbers == set(range(count)):
        raise UserError(
            f"the boxes in {text} number their classes from 0 to {count - 1}, and the categories are counted from 1: "
            "add 1 to each category_id, or take 1 from each id of the categories"
        )


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
