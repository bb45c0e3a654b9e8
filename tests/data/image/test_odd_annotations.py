"""Boxes as people and programs write them: read as they are meant, or named; and files that were made to harm."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fathom.data.image import boxes, orientation
from fathom.data.image.box_formats import pascal_voc, yolo
from fathom.data.yaml_file import read_yaml
from fathom.errors import Unreadable, UserError
from fathom.records import Source
from fathom.validation import coordinate

BOX = [0, 16.0, 12.0, 48.0, 36.0, 0]
"""Of class 0, in a picture of 64 × 48."""


def picture(path: Path, size: tuple[int, int] = (64, 48), seed: int = 0, **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3))
    Image.fromarray(values.astype(np.uint8)).save(path, **more)


def yolo_set(root: Path, *labels: str, names: str = "names: [cat, dog]\n") -> Source:
    for i, text in enumerate(labels):
        picture(root / "images" / f"{i}.png", seed=i)
        (root / "labels").mkdir(exist_ok=True)
        (root / "labels" / f"{i}.txt").write_text(text)
    (root / "data.yaml").write_text(names)
    return Source(str(root), root)


def found_in(source: Source) -> tuple[list[list[list[float]]], boxes.BoxAnnotations]:
    examples, read = boxes.read_boxes(source)
    return [json.loads(e.target) for e in sorted(examples.items, key=lambda e: e.id)], read


@pytest.mark.parametrize(
    ("line", "expected", "fault"),
    [
        ("0 0.5 0.5 0.5 0.5", [BOX], None),
        ("0.0 0.5 0.5 0.5 0.5", [BOX], None),
        ("0 0.5 0.5 0.5 0.5 0.93", [BOX], None),
        ("0 0.25 0.25 0.75 0.25 0.75 0.75", [BOX], yolo.OUTLINES),
        ("0 0.25 0.5 0.5 0.25 0.75 0.5 0.5 0.75", [BOX], yolo.OUTLINES),
        ("0 32 24 32 24", [BOX], yolo.IN_PIXELS),
        ("-1 0.5 0.5 0.5 0.5", [], yolo.UNKNOWN_CLASSES),
        ("7 0.5 0.5 0.5 0.5", [], yolo.UNKNOWN_CLASSES),
        ("0 0.5 0.5 0 0.5", [], boxes.EMPTY),
        ("0 0.5 0.5 -0.5 0.5", [], boxes.EMPTY),
        ("0 1.9 0.5 0.1 0.5", [], boxes.OUTSIDE),
    ],
)
def test_a_line_of_yolo_is_its_box_and_what_is_odd_is_named(tmp_path, line, expected, fault):
    rows, read = found_in(yolo_set(tmp_path, line + "\n", "1 0.5 0.5 0.5 0.5\n"))
    assert rows[0] == expected
    assert read.faults == ({} if fault is None else {fault: ["0.png"]})


@pytest.mark.parametrize(
    "line", ["0 0.5 0.5", "0 0.5 0.5 0.5 x", "cat 0.5 0.5 0.5 0.5", "0 0.5 0.5 0.5 1e999", "0 nan 0 1 1"]
)
def test_a_picture_with_a_line_that_is_none_is_left_out_with_the_line(tmp_path, line):
    good = "1 0.5 0.5 0.5 0.5\n"
    examples, _ = boxes.read_boxes(yolo_set(tmp_path, good, good + line + "\n", good))
    assert [e.id for e in examples.items] == ["0.png", "2.png"]
    assert examples.skipped[0].id == "1.png"
    assert "line 2" in examples.skipped[0].reason


def test_names_in_place_of_numbers_are_refused_with_the_file(tmp_path):
    source = yolo_set(tmp_path, "cat 0.5 0.5 0.5 0.5\n", "dog 0.5 0.5 0.5 0.5\n")
    assert boxes.box_layout(tmp_path) == "YOLO"
    with pytest.raises(UserError, match=r"labels/0\.txt: line 1: 'cat' is no number of a class"):
        boxes.read_boxes(source)


def test_names_of_classes_beside_the_labels_are_used(tmp_path):
    source = yolo_set(tmp_path, "0 0.5 0.5 0.5 0.5\n", "1 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").unlink()
    (tmp_path / "labels" / "classes.txt").write_text("cat\ndog\n")
    _, read = boxes.read_boxes(source)
    assert read.classes == ["cat", "dog"]


def test_folders_of_labels_that_name_other_classes_are_refused(tmp_path):
    for split, names in (("train", "cat\ndog\n"), ("val", "dog\ncat\n")):
        yolo_set(tmp_path / split, "0 0.5 0.5 0.5 0.5\n", "1 0.5 0.5 0.5 0.5\n")
        (tmp_path / split / "data.yaml").unlink()
        (tmp_path / split / "labels" / "classes.txt").write_text(names)
    with pytest.raises(UserError, match=r"train/labels/classes\.txt and \S+val/labels/classes\.txt name different"):
        boxes.read_boxes(Source("d", tmp_path))


def test_classes_counted_from_1_are_refused_where_each_box_would_be_of_another_class(tmp_path):
    source = yolo_set(tmp_path, "1 0.5 0.5 0.5 0.5\n", "2 0.5 0.5 0.5 0.5\n")
    with pytest.raises(UserError, match="from 1 to 2, and the 2 names are counted from 0"):
        boxes.read_boxes(source)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("names: [cat, 'dog, small']", {0: "cat", 1: "dog, small"}),
        ('# a comment\nnc: 2\nnames:\n  - cat  # the first\n  - "dog: small"\n', {0: "cat", 1: "dog: small"}),
        ("names: {0: cat, 5: dog}", {0: "cat", 5: "dog"}),
        ("names:\n  0: cat\n  5: dog # last\n", {0: "cat", 5: "dog"}),
        ("names:\n- cat\n- - dash\n", "a list in a list"),
        ("names: [yes, 1, null]", {0: "True", 1: "1", 2: "None"}),
        ("names: {a: cat}", "no number of a class"),
        ("names: [cat", "line 2: did not find"),
        ("train: images", {}),
        ("!!python/object/apply:os.system ['true']", "cannot be read"),
    ],
)
def test_names_of_classes_are_read_as_yaml(tmp_path, names, expected):
    (tmp_path / "data.yaml").write_text(names)
    if isinstance(expected, dict):
        assert yolo.class_names(tmp_path) == expected
    else:
        with pytest.raises(UserError, match=rf"data\.yaml cannot be read.*{expected}|{expected}"):
            yolo.class_names(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "names: " + "[" * 50_000,
        "names: " + "{a: " * 50_000,
        "- " * 50_000,
        "".join(" " * i + "a:\n" for i in range(600)),
        "a: &a [x, x, x, x]\n" + "".join(f"{c}: &{c} [*{b}, *{b}, *{b}, *{b}]\n" for b, c in pairwise("abcdefghijklm")),
        "names: [" + "9" * 10_000 + "]",
        "x" * 2_000_000,
    ],
)  # fmt: skip
def test_yaml_made_to_harm_takes_no_time(tmp_path, text):
    (tmp_path / "data.yaml").write_text(text)
    began = time.process_time()
    with suppress(Unreadable):
        read_yaml(tmp_path / "data.yaml")
    assert time.process_time() - began < 5


VOC = """<annotation><filename>0.png</filename><size><width>{w}</width><height>{h}</height></size>
<object><name>cat</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object></annotation>"""


BOMB = (
    '<?xml version="1.0" encoding="CODE"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]>'
    "<annotation><object><name>&b;</name></object></annotation>"
)


def voc_set(root: Path, *texts: str | bytes) -> Source:
    (root / "Annotations").mkdir(parents=True)
    for i, text in enumerate(texts):
        picture(root / "JPEGImages" / f"{i}.png", seed=i)
        (root / "Annotations" / f"{i}.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return Source(str(root), root)


def voc(w: object = 64, h: object = 48, a: object = 17, b: object = 13, c: object = 48, d: object = 36) -> str:
    return VOC.format(w=w, h=h, a=a, b=b, c=c, d=d)


@pytest.mark.parametrize(
    ("text", "expected", "fault"),
    [
        (voc(), [BOX], None),
        (voc(w="", h=""), [BOX], None),
        (voc(w=0, h=0), [BOX], None),
        (voc(a=" 17.0 "), [BOX], None),
        (voc(a=48, c=17), [[0, 16.0, 12.0, 48.0, 36.0, 0]], pascal_voc.EXCHANGED),
        (voc(a=""), [], pascal_voc.WITHOUT_NUMBERS),
        (voc(a="1e999"), [], pascal_voc.WITHOUT_NUMBERS),
        (voc(a="nan"), [], pascal_voc.WITHOUT_NUMBERS),
        (voc(w=128, h=96, a=33, b=25, c=96, d=72), [BOX], "sizes that differ from the picture's"),
    ],
)
def test_boxes_of_voc(tmp_path, text, expected, fault):
    rows, read = found_in(voc_set(tmp_path, text, voc()))
    assert rows[0] == expected
    assert list(read.faults) == ([] if fault is None else [fault])


@pytest.mark.parametrize(
    "text",
    [
        voc(w="1e999"),
        voc(w="9" * 5000),
        "<annotation>",
        b"",
        "<annotation>" * 100_000,
        '<?xml version="1.0" encoding="no-such"?><annotation/>',
        *(BOMB.replace("CODE", code).encode(code) for code in ("utf-8", "utf-16", "utf-16-le", "utf-16-be")),
    ],
)  # fmt: skip
def test_voc_made_to_harm_is_left_out_with_the_reason(tmp_path, text):
    examples, _ = boxes.read_boxes(voc_set(tmp_path, voc(), text))
    assert [e.id for e in examples.items] == ["0.png"]
    assert examples.skipped[0].id == "1.png"
    assert "cannot be read" in examples.skipped[0].reason


def coco_set(root: Path, *annotations: object, **more: object) -> Source:
    picture(root / "0.png")
    picture(root / "1.png", seed=1)
    about = {
        "images": [{"id": 7, "file_name": "0.png", "width": 64, "height": 48}, {"id": "8", "file_name": "1.png"}],
        "categories": [{"id": 3, "name": "cat"}],
        "annotations": [{"image_id": 8, "category_id": 3, "bbox": [16, 12, 32, 24]}, *annotations],
        **more,
    }
    (root / "annotations.json").write_text(json.dumps(about))
    return Source(str(root), root)


@pytest.mark.parametrize(
    ("one", "expected", "fault"),
    [
        ({"image_id": "7", "category_id": 3.0, "bbox": [16, 12, 32, 24]}, [BOX], None),
        ({"image_id": 7, "category_id": 3, "bbox": ["16", "12", 32, 24], "iscrowd": None}, [BOX], None),
        ({"image_id": 7, "category_id": 3, "bbox": None}, [], "annotations without a box"),
        ({"image_id": 7, "category_id": 3, "bbox": [1, 2, 3]}, [], "boxes without four numbers"),
        ({"image_id": 7, "category_id": 3, "bbox": [16, 12, 10**400, 24]}, [], "boxes without four numbers"),
        ({"image_id": 7, "category_id": 3, "bbox": [16, 12, 0, 24]}, [], boxes.EMPTY),
        ({"image_id": 7, "category_id": 3, "bbox": [16, 12, -4, 24]}, [], boxes.EMPTY),
        ({"image_id": 7, "bbox": [16, 12, 32, 24]}, [], "boxes without a class or a picture"),
        ("nonsense", [], "annotations that are none"),
    ],
)
def test_annotations_of_coco(tmp_path, one, expected, fault):
    rows, read = found_in(coco_set(tmp_path, one))
    assert rows == [expected, [BOX]]
    assert list(read.faults) == ([] if fault is None else [fault])


@pytest.mark.parametrize("turn", range(1, 9))
def test_boxes_in_stored_pixels_are_turned_with_the_picture(tmp_path, turn):
    """A white rectangle in a black picture is where the turned box says, however the camera was held."""
    stored = np.zeros((48, 64, 3), np.uint8)
    stored[4:14, 8:28] = 255
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(stored).save(tmp_path / "0.jpg", exif=exif, quality=95)
    with Image.open(tmp_path / "0.jpg") as image:
        turns = orientation.turns(image)
    left, top, right, bottom = orientation.turned_box((8, 4, 28, 14), turns, (64, 48))
    from fathom.data.image.image_file import decode_whole, upright_size

    shown = decode_whole(tmp_path / "0.jpg", *upright_size(tmp_path / "0.jpg"), 1)[:, :, 0] > 127
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    assert (
        np.abs(np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) - (left, top, right, bottom)).max() <= 1
    )


def test_a_photograph_that_was_marked_before_it_was_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(tmp_path / "0.jpg", exif=exif)
    picture(tmp_path / "1.jpg", seed=1)
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 64, "height": 48} for i in (0, 1)]
    marked = [{"image_id": i, "category_id": 1, "bbox": [8, 4, 20, 10]} for i in (0, 1)]
    (tmp_path / "a.json").write_text(
        json.dumps({"images": images, "annotations": marked, "categories": [{"id": 1, "name": "x"}]})
    )
    rows, read = found_in(Source(str(tmp_path), tmp_path))
    assert rows == [[[0, 34.0, 8.0, 44.0, 28.0, 0]], [[0, 8.0, 4.0, 28.0, 14.0, 0]]]
    assert read.faults == {boxes.TURNED: ["0.jpg"]}


@given(st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.booleans(), st.lists(st.integers())))
@settings(max_examples=200)
def test_a_coordinate_is_a_number_that_a_picture_has_or_none(value):
    with suppress(ValueError):
        assert abs(coordinate(value)) <= 1e7


def test_a_split_in_yaml_whose_name_is_longer_than_any_file_s_is_passed_over(tmp_path):
    good = "0 0.5 0.5 0.5 0.5\n"
    examples, _ = boxes.read_boxes(yolo_set(tmp_path, good, good, names=f"names: [cat]\ntrain: images{'x' * 5000}\n"))
    assert [e.split for e in examples.items] == [None, None]
