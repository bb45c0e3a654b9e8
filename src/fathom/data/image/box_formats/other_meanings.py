"""Boxes whose numbers mean something else than their layout says, told by where all of them lie.

COCO has left, top, width and height in pixels. Some programs write shares of the sides there, or right and bottom in
place of width and height; so do some for YOLO, which has the middle, width and height. They are read as they were
meant where the layout's own reading leaves pictures and the other fits every box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fathom.data import repairs
from fathom.data.image.box_formats.annotations import SLACK, AnnotatedBoxes, Box

_MIN_OUTSIDE, _MIN_OUTSIDE_SHARE = 3, 0.1
"""Boxes, and their share of all, that leave their pictures where they seem to be corners."""


def as_meant(pictures: Sequence[AnnotatedBoxes], layout: str, text: str) -> list[AnnotatedBoxes]:
    """The pictures with their boxes as they were meant; what was read otherwise than the layout has it is told.

    Args:
        pictures: of one file or folder, as the layout says.
        layout: "COCO" or "YOLO".
        text: the place as the user gave it.
    """
    boxes = [box for one in pictures for box in one.boxes]
    if layout == "COCO" and boxes and all(max(box[1:5]) <= 1 + SLACK and min(box[1:5]) >= 0 for box in boxes):
        repairs.tell(f"the boxes in {text} are read as shares of the sides, since none is larger; COCO counts pixels")
        pictures = [replace(one, relative=True) for one in pictures]
    middle = layout == "YOLO"
    if _are_corners(pictures, middle=middle):
        instead = "right and bottom in place of width and height"
        repairs.tell(f"the boxes in {text} are read with {instead}: only so do all of them lie within their pictures")
        return [replace(one, boxes=tuple(_corners(box, middle=middle) for box in one.boxes)) for one in pictures]
    return list(pictures)


def _corners(box: Box, *, middle: bool) -> Box:
    """The box whose four numbers were left, top, right and bottom."""
    name, left, top, right, bottom, crowd = box
    x, y = ((left + right) / 2, (top + bottom) / 2) if middle else (left, top)
    return name, x, y, right - left, bottom - top, crowd


def _are_corners(pictures: Sequence[AnnotatedBoxes], *, middle: bool) -> bool:
    """Whether boxes leave their pictures as they are read, and none would if they were corners."""
    outside = count = 0
    for one in pictures:
        width, height = (1, 1) if one.relative else one.size or (0, 0)
        for box in one.boxes:
            x, y, right, bottom = _corners(box, middle=middle)[1:5]
            if not (0 <= x < right <= width * (1 + SLACK) and 0 <= y < bottom <= height * (1 + SLACK)):
                return False
            past_left, past_top = box[1] < -SLACK * width, box[2] < -SLACK * height
            past_right, past_bottom = box[3] > (1 + SLACK) * width, box[4] > (1 + SLACK) * height
            outside += past_left or past_top or past_right or past_bottom
            count += 1
    return outside >= max(_MIN_OUTSIDE, _MIN_OUTSIDE_SHARE * count)
