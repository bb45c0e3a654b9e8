"""Boxes whose numbers are others than their layout has: corners, shares, a place and a size, classes from 0."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fathom.data import repairs
from fathom.data.image import boxes
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.records import Source
from fathom.tasks import recognize

SIDES = [(4, 6, 20, 18), (10, 10, 30, 28), (22, 2, 38, 20), (12, 15, 36, 29), (1, 20, 9, 29), (20, 14, 39, 27)]
"""Left, top, right and bottom in pictures of 40 × 30."""


def pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(len(SIDES)):
        pixels = np.random.default_rng(i).integers(0, 255, (30, 40, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")


def coco(root: Path, bbox, ids=(1, 2), said=None) -> Path:
    pictures(root)
    about = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 40, "height": 30} for i in range(len(SIDES))],
        "categories": [{"id": ids[0], "name": "cat"}, {"id": ids[1], "name": "dog"}],
        "annotations": [
            {"id": i, "image_id": i, "category_id": (said or ids)[i % 2], "bbox": bbox(*sides)}
            for i, sides in enumerate(SIDES)
        ],
    }
    (root / "boxes.json").write_text(json.dumps(about))
    return root


def yolo(root: Path, numbers) -> Path:
    pictures(root / "images")
    (root / "labels").mkdir()
    for i, sides in enumerate(SIDES):
        (root / "labels" / f"{i}.txt").write_text(f"{i % 2} {' '.join(map(str, numbers(*sides)))}\n")
    return root


def read_as(root: Path) -> tuple[list[list[int]], list[str]]:
    with repairs.collected() as told:
        examples, read = boxes.read_boxes(Source("d", root))
    assert not read.faults
    return [[round(c) for c in json.loads(str(e.target))[0][1:5]] for e in examples.items], told


def size(left, top, right, bottom):
    return [left, top, right - left, bottom - top]


def middle(left, top, right, bottom):
    return [(left + right) / 80, (top + bottom) / 60, (right - left) / 40, (bottom - top) / 30]


def test_boxes_as_their_layouts_have_them_are_left_alone(tmp_path):
    for root in (coco(tmp_path / "c", size), yolo(tmp_path / "y", middle)):
        found, told = read_as(root)
        assert found == [list(sides) for sides in SIDES]
        assert not told


def test_corners_in_place_of_sizes(tmp_path):
    shares = lambda a, b, c, d: [a / 40, b / 30, c / 40, d / 30]  # noqa: E731
    for root in (coco(tmp_path / "c", lambda *sides: list(sides)), yolo(tmp_path / "y", shares)):
        found, told = read_as(root)
        assert found == [list(sides) for sides in SIDES]
        assert "right and bottom in place of width and height" in told[0]


def test_a_single_box_that_fits_as_no_corner_leaves_them_as_they_are(tmp_path):
    root = coco(tmp_path, lambda *sides: [30, 20, 8, 8] if sides == SIDES[0] else list(sides))
    examples, read = boxes.read_boxes(Source("d", root))
    assert read.faults["boxes that reach outside the picture"]
    assert len(examples.items) == len(SIDES)


def test_shares_in_a_coco_file(tmp_path):
    root = coco(tmp_path, lambda a, b, c, d: [a / 40, b / 30, (c - a) / 40, (d - b) / 30])
    found, told = read_as(root)
    assert found == [list(sides) for sides in SIDES]
    assert "shares of the sides" in told[0]


def test_classes_of_a_coco_file_counted_from_0(tmp_path):
    root = coco(tmp_path / "a", size, said=(0, 1))
    with pytest.raises(UserError, match="from 0 to 1, and the categories are counted from 1: add 1 to each"):
        boxes.read_boxes(Source("d", root))
    for name, ids in (("b", (0, 1)), ("c", (1, 2)), ("d", (3, 7))):
        read_as(coco(tmp_path / name, size, ids=ids))


def test_boxes_of_which_none_can_be_used_are_told_by_their_fault(tmp_path):
    root = coco(tmp_path, lambda a, b, c, d: [a, b, a - c, d - b])
    with pytest.raises(UserError, match=r"no box in any that can be used \(6 empty boxes; the first of 0.png\)"):
        boxes.read_boxes(Source("d", root))


@pytest.mark.parametrize(
    ("header", "numbers"),
    [
        ("image,x,y,w,h,label", size),
        ("image_id,x,y,width,height,label", size),
        ("file,left,top,width,height,label", size),
        ("image,x,y,w,h,label", lambda a, b, c, d: [(a + c) / 2, (b + d) / 2, c - a, d - b]),
        ("image,x_center,y_center,width,height,label", middle),
        ("image,cx,cy,w,h,label", lambda a, b, c, d: [(a + c) / 2, (b + d) / 2, c - a, d - b]),
    ],
)
def test_a_table_with_a_place_and_a_size(tmp_path, header, numbers):
    pictures(tmp_path / "images")
    rows = [f"{i}.png,{','.join(map(str, numbers(*sides)))},cat" for i, sides in enumerate(SIDES)]
    (tmp_path / "boxes.csv").write_text("\n".join([header, *rows]) + "\n")
    assert recognize(resolve(str(tmp_path)))[0].name == "detection"
    assert read_as(tmp_path)[0] == [list(sides) for sides in SIDES]


def test_width_and_height_of_the_pictures_are_no_boxes(tmp_path):
    pictures(tmp_path / "images")
    rows = [f"{i}.png,{i},{i + 1},40,30,{'cat' if i % 2 else 'dog'}" for i in range(len(SIDES))]
    (tmp_path / "t.csv").write_text("\n".join(["image,x,y,width,height,label", *rows]) + "\n")
    assert recognize(resolve(str(tmp_path)))[0].name == "image-classification"
