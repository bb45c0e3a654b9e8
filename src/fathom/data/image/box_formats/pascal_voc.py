"""Pascal VOC: JPEGImages/NAME.jpg and Annotations/NAME.xml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data.image import image_file
from fathom.data.image.box_formats.annotations import AnnotatedBoxes, Box, BoxAnnotations
from fathom.data.image.box_formats.paired_folders import Place, paired_folders
from fathom.library_reasons import reason_of
from fathom.records import Skipped
from fathom.validation import coordinate

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_BYTES = 10_000_000
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
EXCHANGED = "boxes whose corners are exchanged"
WITHOUT_NUMBERS = "boxes without four numbers"


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
            root = _parsed(file)
            boxes = tuple(box for one in root.iter("object") if (box := _box(one, own, found)))
            size = _size(root)
        except (ValueError, OSError) as error:
            found.skipped.append(Skipped(own, f"its annotations cannot be read ({str(error)[:80]})"))
            continue
        found.pictures.append(AnnotatedBoxes(own, path, boxes, split, size=size))


def _parsed(path: Path) -> Element:
    """The root of an XML file.

    Raises:
        ValueError: it is none, is too large, or declares entities, which could fill the memory.
    """
    from defusedxml import ElementTree  # only this layout has such files
    from defusedxml.common import DefusedXmlException

    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"it has more than {_MAX_BYTES:,} bytes")
    try:
        root: Element = ElementTree.fromstring(path.read_bytes(), forbid_dtd=True)
    except DefusedXmlException:
        raise ValueError("declarations are refused") from None
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # no XML, or in letters that nobody knows
        raise ValueError(reason_of(error)) from None
    return root


def _box(one: Element, own: str, found: BoxAnnotations) -> Box | None:
    """A box, counted from 1 there, with its last pixel; None, and noted, where it is none."""
    corners = one.find("bndbox")
    try:
        left, top, right, bottom = (coordinate(corners.findtext(k)) if corners is not None else 0.0 for k in _CORNERS)
    except ValueError:
        found.fault(WITHOUT_NUMBERS, own)
        return None
    if corners is None:
        found.fault(WITHOUT_NUMBERS, own)
        return None
    if left > right or top > bottom:
        found.fault(EXCHANGED, own)
        left, right, top, bottom = min(left, right), max(left, right), min(top, bottom), max(top, bottom)
    name = (one.findtext("name") or "").strip()
    return name or "object", left - 1, top - 1, right, bottom, 0


def _size(root: Element) -> tuple[int, int] | None:
    """Width and height of the picture, as the annotations claim them; None where they do not, or cannot be meant.

    Raises:
        ValueError: they are no numbers.
    """
    size = root.find("size")
    if size is None:
        return None
    width, height = (int(coordinate((size.findtext(k) or "0").strip() or "0")) for k in ("width", "height"))
    return (width, height) if width > 0 and height > 0 else None
