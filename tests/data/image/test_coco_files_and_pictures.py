"""Folders of COCO with several files of annotations, and pictures of the same names in several folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fathom.data import repairs
from fathom.data.image import boxes
from fathom.errors import UserError
from fathom.records import Examples, Source

SHADES = {"train": 40, "val": 200}


def pictures(folder: Path, shade: int, count: int = 3) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.fromarray(np.full((30, 40, 3), shade + i, np.uint8)).save(folder / f"{i}.png")


def annotations(path: Path, count: int = 3, *, folder: str = "", **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [{"id": i, "file_name": f"{folder}{i}.png", "width": 40, "height": 30} for i in range(count)]
    rows = [{"id": i, "image_id": i, "category_id": 1, "bbox": [4, 6, 10, 10], **more} for i in range(count)]
    if "caption" in more:
        rows = [{"id": i, "image_id": i, **more} for i in range(count)]
    path.write_text(json.dumps({"images": listed, "annotations": rows, "categories": [{"id": 1, "name": "cat"}]}))


def read(root: Path) -> tuple[Examples, list[str]]:
    with repairs.unsaid(), repairs.collected() as told:
        examples, _ = boxes.read_boxes(Source("d", root))
    return examples, told


def shades(examples: Examples) -> dict[str, set[str]]:
    """For each split the folders whose pictures it has, by their shade."""
    found: dict[str, set[str]] = {}
    for e in examples.items:
        shade = int(np.asarray(Image.open(e.input)).max())
        found.setdefault(str(e.split), set()).add("val" if shade >= SHADES["val"] else "train")
    return found


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("{}", "instances_{}"),
        ("{}2017", "instances_{}2017"),
        ("images/{}", "{}"),
        ("{}/images", "{}"),
        ("{}_images", "{}"),
    ],
)
def test_the_pictures_of_a_split_are_those_of_its_folder(tmp_path, folder, name):
    for split, shade in SHADES.items():
        pictures(tmp_path / folder.format(split), shade)
        annotations(tmp_path / "annotations" / f"{name.format(split)}.json")
    examples, _ = read(tmp_path)
    assert shades(examples) == {"train": {"train"}, "dev": {"val"}}
    assert (len(examples.items), len(examples.skipped)) == (6, 0)


def test_a_name_that_says_its_folder_is_taken_at_its_word(tmp_path):
    for split, shade in SHADES.items():
        pictures(tmp_path / split, shade)
    annotations(tmp_path / "annotations" / "train.json", folder="val/")
    examples, _ = read(tmp_path)
    assert shades(examples) == {"train": {"val"}}


def test_a_name_of_several_files_is_refused_with_both(tmp_path):
    for split, shade in SHADES.items():
        pictures(tmp_path / split, shade)
    annotations(tmp_path / "all.json")
    with pytest.raises(UserError, match=r"lists 0\.png, and both \S+/train/0\.png and \S+/val/0\.png have that name"):
        read(tmp_path)
    pictures(tmp_path / "val", SHADES["train"])  # the same to the byte: it does not matter which
    assert len(read(tmp_path)[0].items) == 3


def test_masks_of_the_same_names_are_no_pictures_of_coco(tmp_path):
    pictures(tmp_path / "images", SHADES["train"])
    pictures(tmp_path / "masks", SHADES["val"])
    pictures(tmp_path / "aligned_masks", SHADES["val"])
    annotations(tmp_path / "annotations.json")
    assert shades(read(tmp_path)[0]) == {"None": {"train"}}


def test_a_split_without_pictures_does_not_take_those_of_another(tmp_path):
    pictures(tmp_path / "train", SHADES["train"])
    for split in SHADES:
        annotations(tmp_path / "annotations" / f"instances_{split}.json")
    with pytest.raises(UserError, match=r"train/0\.png has boxes of train and of dev"):
        read(tmp_path)


def test_files_of_a_split_may_share_a_folder_where_they_list_others(tmp_path):
    pictures(tmp_path / "train", SHADES["train"], 5)
    annotations(tmp_path / "annotations" / "val.json", 3)
    about = {"images": [{"id": 4, "file_name": "4.png"}], "annotations": [], "categories": []}
    (tmp_path / "annotations" / "train.json").write_text(json.dumps(about))
    examples, _ = read(tmp_path)
    assert [(Path(e.input).name, e.split) for e in examples.items] == [
        ("4.png", "train"), ("0.png", "dev"), ("1.png", "dev"), ("2.png", "dev"),
    ]  # fmt: skip


def test_files_of_boxes_are_read_and_the_others_named(tmp_path):
    for split, shade in SHADES.items():
        pictures(tmp_path / f"{split}2017", shade)
        folder = tmp_path / "annotations"
        annotations(folder / f"instances_{split}2017.json")
        annotations(folder / f"captions_{split}2017.json", caption="a cat")
        annotations(folder / f"person_keypoints_{split}2017.json", keypoints=[1, 2, 2], num_keypoints=1)
    examples, told = read(tmp_path)
    assert shades(examples) == {"train": {"train"}, "dev": {"val"}}
    assert told == [
        "boxes are read from instances_train2017.json, instances_val2017.json, and not from captions_train2017.json,"
        " captions_val2017.json, person_keypoints_train2017.json, person_keypoints_val2017.json"
    ]


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        (("person_keypoints_train", "person_keypoints_val", "x_train", "x_val"), ("train", "dev")),
        (("train", "val", "whole"), ("train", "dev")),
        (("boxes", "older"), ("None",)),
        (("instances_train2014", "instances_train2017", "instances_val2017"), ("train", "dev")),
    ],
)
def test_of_several_files_those_named_alike_are_read(tmp_path, written, taken):
    pictures(tmp_path / "images", SHADES["train"])
    for name in written:
        annotations(tmp_path / f"{name}.json")
    examples, told = read(tmp_path)
    assert {str(e.split) for e in examples.items} == set(taken)
    assert len(examples.items) == 3 * len(taken)
    assert len(told) == 1
    assert f"not from {written[-1]}.json" in told[0] or "x_train.json" in told[0] or "2017.json, and not" in told[0]


def test_captions_beside_boxes_of_another_name_are_passed_over(tmp_path):
    pictures(tmp_path / "images", SHADES["train"])
    annotations(tmp_path / "captions.json", caption="a cat")
    annotations(tmp_path / "things.json")
    examples, told = read(tmp_path)
    assert len(examples.items) == 3
    assert told == ["boxes are read from things.json, and not from captions.json"]
