"""Pascal VOC: JPEGImages/NAME.jpg and Annotations/NAME.xml."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from fathom.data.image import image_file
from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.image.box_formats.paired_folders import Place, paired_folders
from fathom.records import Skipped


def folders(place: Path) -> list[Place]:
    """``JPEGImages/`` (or images/) and ``Annotations/``, or both in one folder, or within splits."""
    return paired_folders(place, "annotations", ".xml", _is_voc)


def _is_voc(path: Path) -> bool:
    try:
        return b"<annotation" in path.read_bytes()[:2000]
    except OSError:
        return False


def read(images: Path, labels: Path, split: str | None, prefix: str, found: BoxAnnotations) -> None:
    """Add what a folder of pictures and one of annotations hold."""
    for path in map(Path, image_file.find_images(images)):
        file = labels / path.relative_to(images).with_suffix(".xml")
        own = prefix + path.relative_to(images).as_posix()
        if not file.is_file():
            found.skipped.append(Skipped(own, "it has no file of annotations"))
            continue
        try:
            boxes, size = _boxes(file)
        except (ElementTree.ParseError, ValueError, OSError) as error:
            found.skipped.append(Skipped(own, f"its annotations cannot be read ({str(error)[:60]})"))
            continue
        found.pictures.append(AnnotatedBoxes(own, path, boxes, split, size=size))


def _boxes(path: Path) -> tuple[tuple[Box, ...], tuple[int, int] | None]:
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
