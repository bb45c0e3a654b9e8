"""Masks that are told by their names, whatever their folders are called."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from PIL import Image

from fathom.data.image import masks
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.tasks import recognize

SIZE = (16, 12)


def paint(path, mask=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    dice = random.Random(str(path))
    if mask:
        image = Image.new("L", SIZE, 0)
        image.paste(1, (2, 2, 8 + dice.randrange(6), 9))
    else:
        image = Image.frombytes("RGB", SIZE, dice.randbytes(3 * SIZE[0] * SIZE[1]))
    image.save(path)


LAYOUTS = {
    "ISIC": ("ISIC_Task1-2_Training_Input/ISIC_{}.png", "ISIC_Task1_Training_GroundTruth/ISIC_{}_segmentation.png"),
    "other words": ("CXR_png/CHN_{}.png", "ManualMask/CHN_{}_mask.png"),
    "ground truth": ("pics/{}.png", "truth/{}_groundtruth.png"),
    "deeper": ("a/x/{}.png", "b/x/{}_seg.png"),
    "satellite": ("{}_sat.png", "{}_mask.png"),
    "Carvana": ("train/{}_01.png", "train_masks/{}_01_mask.png"),
    "annot": ("train/{}.png", "trainannot/{}.png"),
    "Cityscapes flat": ("leftImg8bit/{}_leftImg8bit.png", "gtFine/{}_gtFine_labelIds.png"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_masks_in_folders_of_their_own(tmp_path, layout):
    picture, mask = LAYOUTS[layout]
    for i in range(12):
        paint(tmp_path / picture.format(f"{i:05}"))
        paint(tmp_path / mask.format(f"{i:05}"), mask=True)
    source = resolve(str(tmp_path))
    task = recognize(source)[0]
    assert task.name == "segmentation"
    found = task().examples(source)
    assert not found.skipped
    assert len(found.items) == 12
    for e in found.items:
        assert numbers(e.target) == numbers(e.input)


def numbers(name):
    """The five digits that a picture shares with its mask."""
    return re.findall(r"\d{5}", Path(name).name)


def test_cityscapes_with_its_splits_and_other_files(tmp_path):
    for split in ("train", "val"):
        for i in range(6):
            name = f"{split}/aachen/aachen_{i:06}_000019"
            paint(tmp_path / "leftImg8bit" / f"{name}_leftImg8bit.png")
            for kind in ("color", "instanceIds", "labelIds"):
                paint(tmp_path / "gtFine" / f"{name}_gtFine_{kind}.png", mask=True)
    found = masks.read_masks(resolve(str(tmp_path)))
    assert {e.split for e in found.items} == {"train", "dev"}
    assert len(found.items) == 12
    assert all(e.target.endswith("_gtFine_labelIds.png") for e in found.items)


def test_pairs_of_folders_for_each_split(tmp_path):
    for part in ("Training", "Validation", "Test"):
        for i in range(5):
            paint(tmp_path / f"ISIC_{part}_Input" / f"I{part}{i}.png")
            paint(tmp_path / f"ISIC_{part}_GroundTruth" / f"I{part}{i}_segmentation.png", mask=True)
    found = masks.read_masks(resolve(str(tmp_path)))
    assert sorted({e.split for e in found.items}) == ["dev", "test", "train"]
    assert len(found.items) == 15


@pytest.mark.parametrize(
    "names",
    [
        ("cat/{}.png", "dog/{}.png"),
        ("cat/cat_{}.png", "mask/mask_{}.png"),
        ("face/{}.png", "masked/{}_mask.png", "both/{}.png"),
        ("face/a{}.png", "masked/b{}_mask.png"),
        ("images_a/{}.png", "images_b/{}_gt.png", "images_c/{}_gt.png", "images_d/{}_gt.png"),
    ],
    ids=["classes", "a class of masks", "three folders", "other pictures", "one of four"],
)
def test_folders_of_classes_are_no_masks(tmp_path, names):
    for name in names:
        for i in range(8):
            paint(tmp_path / name.format(i))
    assert not masks.has_masks(tmp_path)


def test_what_is_learned_from_the_usual_alone_is_refused(tmp_path):
    for i in range(8):
        paint(tmp_path / "train" / "good" / f"{i:03}.png")
        for kind in ("good", "broken", "scratch"):
            paint(tmp_path / "test" / kind / f"{i:03}.png")
            if kind != "good":
                paint(tmp_path / "ground_truth" / kind / f"{i:03}_mask.png", mask=True)
    source = resolve(str(tmp_path))
    with pytest.raises(UserError, match=r"train has the class good alone, .* give .*test, whose folders are classes"):
        recognize(source)[0]().examples(source)
    inner = resolve(str(tmp_path / "test"))
    assert {e.target for e in recognize(inner)[0]().examples(inner).items} == {"good", "broken", "scratch"}
