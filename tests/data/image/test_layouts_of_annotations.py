"""Pictures with boxes or masks as public sets lay them out: other names of folders, and lists of splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fathom.data.source import resolve
from fathom.records import Examples
from fathom.tasks import recognize

N = 12
VOC = (
    "<annotation><size><width>20</width><height>16</height></size><object><name>cat</name><bndbox><xmin>3</xmin>"
    "<ymin>3</ymin><xmax>12</xmax><ymax>12</ymax></bndbox></object></annotation>"
)


def noise(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        pixels = np.random.default_rng(i).integers(0, 256, (16, 20, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")


def flat(folder: Path, names: list[str]) -> None:
    """Masks of two values."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        mask = (np.random.default_rng(i).random((16, 20)) > 0.5).astype(np.uint8)
        Image.fromarray(mask).save(folder / f"{name}.png")


def names(n: int = N) -> list[str]:
    return [f"2007_{i:06}" for i in range(n)]


def notes(folder: Path, ending: str, text: str, of: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in of:
        (folder / f"{name}{ending}").write_text(text)


def read(root: Path, task: str) -> Examples:
    source = resolve(str(root))
    kind = recognize(source)[0]
    assert kind.name == task
    return kind().examples(source)


def splits(read: Examples) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for e in read.items:
        found.setdefault(str(e.split), []).append(Path(str(e.input)).stem)
    return found


@pytest.mark.parametrize("wrapper", ["", "VOCdevkit/VOC2007"])
def test_lists_of_pascal_voc_are_its_splits(tmp_path, wrapper):
    root = tmp_path / wrapper
    noise(root / "JPEGImages", names())
    notes(root / "Annotations", ".xml", VOC, names())
    lists = root / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    parts = {"train": slice(6), "val": slice(6, 8), "test": slice(8, 11), "trainval": slice(8)}
    for split, part in parts.items():
        (lists / f"{split}.txt").write_text("\n".join(names()[part]) + "\n")
    (lists / "cat_train.txt").write_text("\n".join(f"{name} -1" for name in names()))
    found = read(tmp_path, "detection")
    assert splits(found) == {"train": names()[:6], "dev": names()[6:8], "test": names()[8:11]}
    assert [(s.id[-10:], s.reason) for s in found.skipped] == [("000011.png", "no list of train, dev or test has it")]


@pytest.mark.parametrize("folders", [("images", "annots"), ("photos", "xml"), ("pics", "Annotation"), ("a", "b")])
def test_pascal_voc_by_other_names(tmp_path, folders):
    noise(tmp_path / folders[0], names())
    notes(tmp_path / folders[1], ".xml", VOC, names())
    assert len(read(tmp_path, "detection").items) == N


def test_yolo_with_years_in_the_names_of_splits(tmp_path):
    for split in ("train2017", "val2017"):
        noise(tmp_path / "images" / split, names(4))
        notes(tmp_path / "labels" / split, ".txt", "0 0.5 0.5 0.4 0.4\n", names(4))
    assert {k: len(v) for k, v in splits(read(tmp_path, "detection")).items()} == {"train": 4, "dev": 4}


@pytest.mark.parametrize("where", ["../{}/", "{}", "/content/set/{}", "./{}  # half of it"])
def test_yolo_with_splits_named_in_its_yaml(tmp_path, where):
    for part, own in (("part1", names()[:8]), ("part2", names()[8:])):
        noise(tmp_path / "images" / part, own)
        notes(tmp_path / "labels" / part, ".txt", "0 0.5 0.5 0.4 0.4\n", own)
    said = [f"{split}: {where.format(f'images/{part}')}" for split, part in (("train", "part1"), ("val", "part2"))]
    (tmp_path / "data.yaml").write_text("\n".join([*said, "test:  # none", "nc: 1", "names: [cat]"]))
    assert splits(read(tmp_path, "detection")) == {"train": names()[:8], "dev": names()[8:]}


def test_darknet_lists(tmp_path):
    noise(tmp_path / "obj", names())
    notes(tmp_path / "obj", ".txt", "0 0.5 0.5 0.4 0.4\n", names())
    (tmp_path / "train.txt").write_text("\n".join(f"data/obj/{name}.png" for name in names()[:9]))
    (tmp_path / "valid.txt").write_text("\n".join(f"data/obj/{name}.png" for name in names()[9:]))
    assert splits(read(tmp_path, "detection")) == {"train": names()[:9], "dev": names()[9:]}


def test_lists_that_name_other_things_are_let_be(tmp_path):
    noise(tmp_path / "images", names())
    flat(tmp_path / "masks", names())
    (tmp_path / "train.txt").write_text("cat\ndog\n")
    assert splits(read(tmp_path, "segmentation")) == {"None": names()}


@pytest.mark.parametrize("pair", ["{0} {0}annot", "{0} {0}_masks", "{0}_images {0}_labels", "{0} {0}-gt"])
def test_masks_in_folders_whose_names_differ_by_that(tmp_path, pair):
    for split, n in (("train", 6), ("val", 3)):
        images, masks = pair.format(split).split()
        noise(tmp_path / images, names(n))
        flat(tmp_path / masks, names(n))
    assert {k: len(v) for k, v in splits(read(tmp_path, "segmentation")).items()} == {"train": 6, "dev": 3}


def test_lists_of_splits_of_masks(tmp_path):
    noise(tmp_path / "JPEGImages", names())
    flat(tmp_path / "SegmentationClass", names()[:8])
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("\n".join(names()[:6]))
    (lists / "val.txt").write_text("\n".join(names()[6:8]))
    assert splits(read(tmp_path, "segmentation")) == {"train": names()[:6], "dev": names()[6:8]}


def test_masks_are_known_by_what_they_show(tmp_path):
    noise(tmp_path / "scene", names())
    flat(tmp_path / "drawn", names())
    assert all("drawn" in str(e.target) for e in read(tmp_path, "segmentation").items)
    assert "--task image-classification takes the folders" in recognize(resolve(str(tmp_path)))[1].doubt


def test_two_classes_of_drawings_or_of_photographs_are_classes(tmp_path):
    for make, place in ((noise, tmp_path / "photos"), (flat, tmp_path / "drawings")):
        for label in ("a", "b"):
            make(place / label, names())
        assert len(read(place, "image-classification").items) == 2 * N
