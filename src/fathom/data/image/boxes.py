"""Pictures with boxes: what is to be found, and where, in the three layouts of the field.

    COCO          a JSON file with images, annotations and categories; the pictures beside it, or in images/
    YOLO          images/NAME.jpg and labels/NAME.txt with lines ``class cx cy width height`` in shares of the sides;
                  names in data.yaml, classes.txt or obj.names
    Pascal VOC    JPEGImages/NAME.jpg and Annotations/NAME.xml

Folders named train, dev and test that each have one of these are ready-made splits, as are several COCO files whose
names say so. An example's target is JSON: ``[[class, left, top, right, bottom, crowd], …]``, in pixels of the upright
picture. Boxes that reach outside are cut, empty ones left out; how many is told by `Read.faults`.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fathom.data.image import image_file
from fathom.data.image.annotated_images import Pictured, looked_at
from fathom.data.table import tables
from fathom.data.text.texts import read_text
from fathom.errors import Unreadable, UserError
from fathom.records import Examples, InputKind, Skipped, Source

LARGEST = 200_000_000
"""Bytes of a file of annotations; a larger one is refused."""
_ADVICE = "give a COCO file, YOLO's images and labels, or Pascal VOC's JPEGImages and Annotations"
_IMAGES = ("images", "jpegimages", "img", "imgs", "photos")

Box = tuple[str, float, float, float, float, int]
"""Class name, left, top, right, bottom in pixels, and whether it marks a crowd."""


@dataclass(frozen=True)
class Boxed:
    """A picture with its boxes, as the annotations have them.

    Attributes:
        id, path, split: as an example has them.
        boxes: in pixels, or in shares of the sides where `relative`.
        size: of the picture as the annotations claim it; None where they do not.
    """

    id: str
    path: Path
    boxes: tuple[Box, ...]
    split: str | None = None
    relative: bool = False
    size: tuple[int, int] | None = None


@dataclass
class Read:
    """What was read, and what was wrong with it.

    Attributes:
        pictures: in a stable order.
        skipped: what could not be used.
        classes: names, in the order of their numbers.
        faults: name of a fault → ids of the pictures that have it, one entry a box.
    """

    pictures: list[Boxed] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, name: str, where: str) -> None:
        """Note a box that is not as it should be."""
        self.faults.setdefault(name, []).append(where)

    def number(self, name: str) -> int:
        """The number of a class, a new one where it is new."""
        if name not in self.classes:
            self.classes.append(name)
        return self.classes.index(name)


OUTSIDE, EMPTY = "boxes outside the picture", "empty boxes"


def recognized(place: Path) -> str:
    """The layout of a folder or file that has pictures with boxes; "" where it has none."""
    for name, found in (("COCO", _coco_files), ("YOLO", _yolo_places), ("Pascal VOC", _voc_places)):
        if found(place):
            return name
    return ""


def read_boxes(source: Source) -> tuple[Examples, Read]:
    """Pictures, each with its boxes as target; and what was wrong with the boxes.

    Raises:
        UserError: there are none.
    """
    read = Read()
    _read(source.path, source.text, None, "", read)
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            read.pictures = [p for p in read.pictures if p.split != split]
            _read(extra, str(extra), split, f"{split}/", read)
    listed = [_listed(one, read) for one in _unique(read)]
    examples, bad = looked_at(listed)
    if not examples:
        every = (*read.skipped, *bad)
        why = f": the first, {every[0].id}, {every[0].reason}" if every else ""
        raise UserError(f"no picture in {source.text} can be used with its boxes{why}; {_ADVICE}")
    fitted = [replace(e, target=_within(str(e.target), e.input, e.id, read)) for e in examples]
    if not any(json.loads(e.target) for e in fitted):
        raise UserError(f"{source.text} has pictures, but no box in any: {_ADVICE}")
    return Examples(tuple(fitted), (*read.skipped, *bad), "pictures", "boxes", InputKind.PICTURE), read


def _read(place: Path, text: str, split: str | None, prefix: str, read: Read) -> None:
    """Add what a place holds."""
    if files := _coco_files(place):
        for file, own, inside in files:
            _coco(file, split or own, prefix + inside, read)
    elif places := _yolo_places(place):
        names = _yolo_names(place)
        for images, labels, own, inside in places:
            _yolo(images, labels, names, split or own, prefix + inside, read)
    elif places := _voc_places(place):
        for images, labels, own, inside in places:
            _voc(images, labels, split or own, prefix + inside, read)
    else:
        raise UserError(f"{text} has no pictures with boxes: {_ADVICE}")


def _unique(read: Read) -> Iterator[Boxed]:
    """The pictures without those whose name was there before."""
    seen: set[str] = set()
    for one in read.pictures:
        if one.id in seen:
            read.skipped.append(Skipped(one.id, "listed twice"))
        else:
            seen.add(one.id)
            yield one


def _listed(one: Boxed, read: Read) -> Pictured:
    """A picture before it was looked at; its boxes are still as they were written."""
    rows = [(read.number(name), *corners, crowd) for name, *corners, crowd in one.boxes]
    about = {"boxes": rows, "relative": one.relative, "size": one.size}
    return Pictured(one.id, str(one.path), json.dumps(about), one.split)


def _within(text: str, path: Any, name: str, read: Read) -> str:
    """The boxes in pixels of the upright picture, cut to it; faults are noted."""
    about = json.loads(text)
    width, height = image_file.upright_size(path)
    claimed = about["size"]
    scale = (width, height) if about["relative"] else (1.0, 1.0)
    if claimed and not about["relative"] and tuple(claimed) != (width, height) and min(claimed) > 0:
        read.fault("sizes that differ from the picture's", name)
        if claimed[0] * height == claimed[1] * width:  # scaled: so are its boxes
            scale = (width / claimed[0], height / claimed[1])
    kept = []
    for number, *corners, crowd in about["boxes"]:
        left, top, right, bottom = (c * scale[i % 2] for i, c in enumerate(corners))
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


# --- COCO -------------------------------------------------------------------------------------------------------------


def _coco_files(place: Path) -> list[tuple[Path, str | None, str]]:
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
        if path.suffix.lower() != ".json" or path.stat().st_size > LARGEST:
            return False
        with path.open("rb") as file:
            head = file.read(2_000_000)
        return b'"images"' in head and (b'"annotations"' in head or b'"categories"' in head or len(head) == 2_000_000)
    except OSError:
        return False


def _coco(path: Path, split: str | None, prefix: str, read: Read) -> None:
    """Add what a COCO file says."""
    try:
        about = json.loads(path.read_bytes())
        names = {c["id"]: str(c["name"]) for c in about.get("categories", [])}
        listed = [(i["id"], str(i["file_name"]), i.get("width"), i.get("height")) for i in about["images"]]
        boxes: dict[Any, list[Box]] = {}
        for one in about.get("annotations", []):
            if not one.get("bbox"):
                read.fault("annotations without a box", str(one.get("image_id")))
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
        read.number(name)
    known = {number for number, *_ in listed}
    for number in sorted(set(boxes) - known, key=str):
        read.skipped.append(Skipped(f"{path.name}: picture {number}", "has boxes, but is not listed"))
    for number, name, width, height in listed:
        found = _located(path.parent, name)
        size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
        if found is None:
            read.skipped.append(Skipped(prefix + name, "file is missing"))
        else:
            read.pictures.append(Boxed(prefix + name, found, tuple(boxes.get(number, ())), split, size=size))


def _located(folder: Path, name: str) -> Path | None:
    """Where a picture of COCO lies: beside its file, in images/, in a folder of its split, or one up."""
    safe = Path(name.replace("\\", "/"))
    if safe.is_absolute() or ".." in safe.parts:
        return None
    around = (folder, folder.parent)
    below = [d for base in around for d in (base, *(p for p in sorted(base.iterdir()) if p.is_dir()))]
    tried = (place / part for place in below for part in (safe, Path(safe.name)))
    return next((path for path in tried if path.is_file()), None)


# --- YOLO -------------------------------------------------------------------------------------------------------------

Place = tuple[Path, Path, str | None, str]
"""Folders of pictures and of labels, the split, and what the ids begin with."""


def _yolo_places(place: Path) -> list[Place]:
    """``images/`` and ``labels/``, with or without splits inside, or within splits; or both in one folder."""
    return _sided(place, "labels", ".txt", _is_yolo)


def _sided(place: Path, labels: str, ending: str, right: Any) -> list[Place]:
    if not place.is_dir():
        return []
    images = next((p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() in _IMAGES), None)
    beside = next((p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() == labels), None)
    if images and beside:
        parts = [p for p in sorted(images.iterdir()) if p.is_dir() and p.name.lower() in tables.SPLIT_NAMES]
        found = [(p, beside / p.name, tables.SPLIT_NAMES[p.name.lower()], f"{p.name}/") for p in parts]
        return [f for f in found if _any(f[1], ending, right)] or (
            [(images, beside, None, "")] if _any(beside, ending, right) else []
        )
    parts = [p for p in sorted(place.iterdir()) if p.is_dir() and p.name.lower() in tables.SPLIT_NAMES]
    inside: list[Place] = []
    for part in parts:
        split = tables.SPLIT_NAMES[part.name.lower()]
        inside += [(one[0], one[1], split, f"{part.name}/") for one in _sided(part, labels, ending, right)]
    if inside:
        return inside
    return [(place, place, None, "")] if _any(place, ending, right) and image_file.any_below(place) else []


def _any(folder: Path, ending: str, right: Any) -> bool:
    """Whether a folder has a file of annotations; the first few that hold something tell."""
    if not folder.is_dir():
        return False
    found = [p for p in sorted(folder.iterdir()) if p.suffix.lower() == ending and p.is_file()]
    filled = [p for p in found if p.stat().st_size and p.name not in ("classes.txt", "labels.txt")]
    return any(right(p) for p in filled[:5])


def _is_yolo(path: Path) -> bool:
    try:
        rows = [line.split() for line in read_text(path).splitlines() if line.strip()]
        return bool(rows) and all(len(row) in (5, 6) and row[0].isdigit() and _shares(row[1:5]) for row in rows[:20])
    except Unreadable:
        return False


def _shares(words: Sequence[str]) -> bool:
    try:
        return all(-1 <= float(word) <= 2 for word in words)
    except ValueError:
        return False


def _yolo_names(place: Path) -> list[str]:
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


def _yolo(images: Path, labels: Path, names: list[str], split: str | None, prefix: str, read: Read) -> None:
    for name in names:
        read.number(name)
    for path in map(Path, image_file.find(images)):
        file = labels / path.relative_to(images).with_suffix(".txt")
        own = prefix + path.relative_to(images).as_posix()
        if not file.is_file():
            read.skipped.append(Skipped(own, "it has no file of labels"))
            continue
        try:
            text = read_text(file) if file.stat().st_size else ""  # an empty file: nothing to be found there
            boxes = [_yolo_box(line, names) for line in text.splitlines() if line.strip()]
        except (Unreadable, ValueError, IndexError) as error:
            read.skipped.append(Skipped(own, f"its labels cannot be read ({str(error)[:60]})"))
            continue
        read.pictures.append(Boxed(own, path, tuple(boxes), split, relative=True))


def _yolo_box(line: str, names: list[str]) -> Box:
    number, *words = line.split()
    x, y, width, height = (float(word) for word in words[:4])
    kind = int(number)
    name = names[kind] if 0 <= kind < len(names) else f"class {kind}"
    return name, x - width / 2, y - height / 2, x + width / 2, y + height / 2, 0


# --- Pascal VOC -------------------------------------------------------------------------------------------------------


def _voc_places(place: Path) -> list[Place]:
    """``JPEGImages/`` (or images/) and ``Annotations/``, or both in one folder, or within splits."""
    return _sided(place, "annotations", ".xml", _is_voc)


def _is_voc(path: Path) -> bool:
    try:
        return b"<annotation" in path.read_bytes()[:2000]
    except OSError:
        return False


def _voc(images: Path, labels: Path, split: str | None, prefix: str, read: Read) -> None:
    for path in map(Path, image_file.find(images)):
        file = labels / path.relative_to(images).with_suffix(".xml")
        own = prefix + path.relative_to(images).as_posix()
        if not file.is_file():
            read.skipped.append(Skipped(own, "it has no file of annotations"))
            continue
        try:
            boxes, size = _voc_boxes(file)
        except (ElementTree.ParseError, ValueError, OSError) as error:
            read.skipped.append(Skipped(own, f"its annotations cannot be read ({str(error)[:60]})"))
            continue
        read.pictures.append(Boxed(own, path, boxes, split, size=size))


def _voc_boxes(path: Path) -> tuple[tuple[Box, ...], tuple[int, int] | None]:
    """The boxes of an XML file; corners are counted from 1 there, and the last pixel belongs to the box.

    Raises:
        ValueError: it declares entities, which could fill the memory, or a number is none.
    """
    raw = path.read_bytes()
    if len(raw) > 10_000_000 or b"<!ENTITY" in raw or b"<!DOCTYPE" in raw:
        raise ValueError("declarations are refused")
    root = ElementTree.fromstring(raw)
    boxes: list[Box] = []
    for one in root.iter("object"):
        corners = one.find("bndbox")
        if corners is None:
            continue
        left, top, right, bottom = (float(corners.findtext(k) or "nan") for k in ("xmin", "ymin", "xmax", "ymax"))
        boxes.append((one.findtext("name") or "object", left - 1, top - 1, right, bottom, 0))
    size = root.find("size")
    width, height = (int(float(size.findtext(k) or 0)) if size is not None else 0 for k in ("width", "height"))
    return tuple(boxes), (width, height) if width and height else None


def classes_in(examples: Sequence[Any]) -> Counter[int]:
    """How many boxes there are of each class, by its number; crowds are left out."""
    return Counter(int(row[0]) for e in examples for row in json.loads(e.target or "[]") if not row[5])
