"""Pictures with boxes: what is to be found, and where, in the layouts of the field.

    COCO          a JSON file with images, annotations and categories; the pictures beside it, in images/, or in the
                  folder of its split
    YOLO          images/NAME.jpg and labels/NAME.txt with lines ``class cx cy width height`` in shares of the sides;
                  names in data.yaml, classes.txt or obj.names
    Pascal VOC    JPEGImages/NAME.jpg and Annotations/NAME.xml, or folders of other names with such files
    a table       a row for each box: filename, class, xmin, ymin, xmax, ymax; one table, or one for each split

Folders named train, dev and test that each have one of these are ready-made splits, as are several COCO files whose
names say so, and lists of names (`fathom.data.image.split_lists`). An example's target is JSON:
``[[class, left, top, right, bottom, crowd], …]``, in pixels of the upright picture. Boxes that reach outside are cut,
empty ones left out; how many is told by `Read.faults`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fathom.data.image import image_file, orientation
from fathom.data.image.annotated_images import AnnotatedImage, probe_images
from fathom.data.image.box_formats import box_table, coco, coco_files, coco_pictures, pascal_voc, yolo
from fathom.data.image.box_formats.annotations import AnnotatedBoxes, BoxAnnotations
from fathom.data.image.box_formats.other_meanings import as_meant
from fathom.data.image.split_lists import split_lists
from fathom.errors import UserError
from fathom.records import Examples, InputKind, Skipped, Source

_ADVICE = (
    "give a COCO file, YOLO's images and labels, Pascal VOC's JPEGImages and Annotations, or a table of filename,"
    " class, xmin, ymin, xmax and ymax"
)
TABLE = "a table"
OUTSIDE, EMPTY = "boxes outside the picture", "empty boxes"
TURNED = "pictures marked before they were turned upright, with which their boxes were turned"


def box_layout(place: Path) -> str:
    """The layout of a folder or file that has pictures with boxes; "" where it has none."""
    layouts: tuple[tuple[str, Callable[[Path], Sequence[object]]], ...] = (
        ("COCO", coco_files.annotation_files),
        ("YOLO", yolo.folders),
        ("Pascal VOC", pascal_voc.folders),
        (TABLE, box_table.find_tables),
    )
    return next((name for name, found in layouts if found(place)), "")


def read_boxes(source: Source) -> tuple[Examples, BoxAnnotations]:
    """Pictures, each with its boxes as target; and what was wrong with the boxes.

    Raises:
        UserError: there are none.
    """
    read = BoxAnnotations()
    _read(source.path, source.text, None, "", read)
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            read.pictures = [p for p in read.pictures if p.split != split]
            _read(extra, str(extra), split, f"{split}/", read)
    _take_splits(source.path, read)
    listed = [_listed(one, read) for one in _unique(read)]
    examples, bad = probe_images(listed)
    if not examples:
        every = (*read.skipped, *bad)
        why = f": the first, {every[0].id}, {every[0].reason}" if every else ""
        raise UserError(f"no picture in {source.text} can be used with its boxes{why}; {_ADVICE}")
    fitted = [replace(e, target=_within(str(e.target), e.input, e.id, read)) for e in examples]
    if not any(json.loads(e.target) for e in fitted):
        raise UserError(f"{source.text} has pictures, but no box in any{_unusable(read)}: {_ADVICE}")
    return Examples(tuple(fitted), (*read.skipped, *bad), "pictures", "boxes", InputKind.PICTURE), read


def _unusable(read: BoxAnnotations) -> str:
    """What is wrong with the boxes where none can be used; "" where there are none."""
    if not read.faults:
        return ""
    told = ", ".join(f"{len(where):,} {fault}" for fault, where in read.faults.items())
    return f" that can be used ({told}; the first of {next(iter(read.faults.values()))[0]})"


def _read(place: Path, text: str, split: str | None, prefix: str, read: BoxAnnotations) -> None:
    """Add what a place holds."""
    if files := coco_files.annotation_files(place):
        coco_files.tell_unused(place)
        before = len(read.pictures)
        for file, own, inside in files:
            coco.read(file, split or own, prefix + inside, read)
        coco_pictures.refuse_strangers(read.pictures[before:])
        coco.refuse_numbers_from_zero(text, read)
        read.pictures[before:] = as_meant(read.pictures[before:], "COCO", text)
    elif places := yolo.folders(place):
        names, before = yolo.class_names(place, [labels for _, labels, *_ in places]), len(read.pictures)
        for images, labels, own, inside in places:
            yolo.read(images, labels, names, split or own, prefix + inside, read)
        yolo.refuse_numbers_from_one(text, names, read)
        read.pictures[before:] = as_meant(read.pictures[before:], "YOLO", text)
    elif places := pascal_voc.folders(place):
        for images, labels, own, inside in places:
            pascal_voc.read(images, labels, split or own, prefix + inside, read)
    elif listings := box_table.find_tables(place):
        for one in listings:
            box_table.read(one, split or one.split, prefix + (f"{one.split}/" if one.split else ""), read)
    else:
        raise UserError(f"{text} has no pictures with boxes: {_ADVICE}")


def _take_splits(root: Path, read: BoxAnnotations) -> None:
    """Give pictures that came in no split the one that a list says; those that no list has are left out."""
    if lists := split_lists([one.path for one in read.pictures if not one.split], root):
        ready = [one if one.split else replace(one, split=lists.split_of(one.path)) for one in read.pictures]
        read.skipped += [Skipped(one.id, "no list of train, dev or test has it") for one in ready if not one.split]
        read.pictures = [one for one in ready if one.split]


def _unique(read: BoxAnnotations) -> Iterator[AnnotatedBoxes]:
    """The pictures without those whose name was there before."""
    seen: set[str] = set()
    for one in read.pictures:
        if one.id in seen:
            read.skipped.append(Skipped(one.id, "listed twice"))
        else:
            seen.add(one.id)
            yield one


def _listed(one: AnnotatedBoxes, read: BoxAnnotations) -> AnnotatedImage:
    """A picture before it was looked at; its boxes are still as they were written."""
    rows = [(read.number(name), *corners, crowd) for name, *corners, crowd in one.boxes]
    about = {"boxes": rows, "relative": one.relative, "size": one.size}
    return AnnotatedImage(one.id, str(one.path), json.dumps(about), one.split)


def _within(text: str, path: Any, name: str, read: BoxAnnotations) -> str:
    """The boxes in pixels of the upright picture, cut to it; faults are noted."""
    about = json.loads(text)
    width, height = image_file.upright_size(path)
    fit = _fit(about, path, (width, height), name, read)
    kept = []
    for number, *corners, crowd in about["boxes"]:
        left, top, right, bottom = fit(tuple(corners))
        cut = (max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom))
        if not all(map(math.isfinite, (left, top, right, bottom))) or right <= left or bottom <= top:
            read.fault(EMPTY, name)
        elif cut[2] - cut[0] < 1 or cut[3] - cut[1] < 1:
            read.fault(OUTSIDE, name)
        else:
            if max(abs(a - b) for a, b in zip(cut, (left, top, right, bottom), strict=True)) > 1.5:
                read.fault("boxes that reach outside the picture", name)
            kept.append([number, *(round(c, 2) for c in cut), crowd])
    return json.dumps(kept)


Corners = tuple[float, float, float, float]


def _fit(
    about: Mapping[str, Any], path: Any, upright: tuple[int, int], name: str, read: BoxAnnotations
) -> Callable[[Corners], Corners]:
    """How the boxes of a picture come to lie in the upright picture, by the size that the annotations claim for it."""
    width, height = upright
    if about["relative"]:
        return lambda c: (c[0] * width, c[1] * height, c[2] * width, c[3] * height)
    claimed = about["size"]
    if not claimed or tuple(claimed) == upright:
        return lambda c: c
    if tuple(claimed) == image_file.stored_size(path):  # they were marked before the picture was turned
        read.fault(TURNED, name)
        turns, size = image_file.turns_of(path)
        return lambda c: orientation.turned_box(c, turns, size)
    read.fault("sizes that differ from the picture's", name)
    if claimed[0] * height != claimed[1] * width:
        return lambda c: c
    across, down = width / claimed[0], height / claimed[1]  # scaled: so are its boxes
    return lambda c: (c[0] * across, c[1] * down, c[2] * across, c[3] * down)


def classes_in(examples: Sequence[Any]) -> Counter[int]:
    """How many boxes there are of each class, by its number; crowds are left out."""
    return Counter(int(row[0]) for e in examples for row in json.loads(e.target or "[]") if not row[5])
