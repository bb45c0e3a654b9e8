"""Lists beside folders of pictures say their splits, or the classes of those that lie loose."""

from __future__ import annotations

import random

import pytest
from PIL import Image

from fathom.data import repairs
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.tasks import recognize

DICE = random.Random(11)


def paint(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.frombytes("RGB", (8, 8), DICE.randbytes(192)).save(path)


def read(folder):
    source = resolve(str(folder))
    with repairs.collected() as told:
        examples = recognize(source)[0]().examples(source)
    return {e.id.rpartition("images/")[2]: (e.target, e.split) for e in examples.items}, examples, told


def classes(folder, n=8, ending="jpg"):
    names = [f"{label}/{label}_{i:04}" for label in ("apple", "pie", "tart") for i in range(n)]
    for name in names:
        paint(folder / f"{name}.{ending}")
    return names


@pytest.mark.parametrize("place", ["", "meta", "splits", "annotations"])
@pytest.mark.parametrize("ending", ["", ".jpg"])
def test_lists_of_splits_are_heeded(tmp_path, place, ending):
    names = classes(tmp_path / "food" / "images")
    folder = tmp_path / "food" / place
    folder.mkdir(exist_ok=True)
    (folder / "train.txt").write_text("\n".join(f"{n}{ending}" for i, n in enumerate(names) if i % 4) + "\n")
    (folder / "test.txt").write_text("\n".join(f"{n}{ending}" for i, n in enumerate(names) if i % 4 == 0) + "\n")
    (folder / "classes.txt").write_text("apple\npie\ntart\n")
    found, _, told = read(tmp_path)
    assert {name: split for name, (_, split) in found.items()} == {
        f"{n}.jpg": "train" if i % 4 else "test" for i, n in enumerate(names)
    }
    assert any("train.txt was read as the list of train" in one for one in told)


def test_numbers_of_pictures_and_of_their_splits(tmp_path):
    root = tmp_path / "CUB_200_2011"
    names = classes(root / "images")
    (tmp_path / "attributes.txt").write_text("1 has_bill\n")
    (root / "images.txt").write_text("".join(f"{i} {n}.jpg\n" for i, n in enumerate(names, 1)))
    (root / "image_class_labels.txt").write_text("".join(f"{i} {1 + i // 9}\n" for i, _ in enumerate(names, 1)))
    (root / "train_test_split.txt").write_text("".join(f"{i} {int(i % 3 > 0)}\n" for i, _ in enumerate(names, 1)))
    for place in (root, tmp_path):
        found, _, told = read(place)
        assert found[f"{names[0]}.jpg"] == ("apple", "train")
        assert found[f"{names[2]}.jpg"] == ("apple", "test")
        assert any("the splits were read from train_test_split.txt; 16 are train, 8 are test" in one for one in told)


@pytest.mark.parametrize("lists", ["few", "one", "others", "no train"])
def test_lists_that_do_not_say_the_splits_are_left_alone(tmp_path, lists):
    names = classes(tmp_path)
    parts = {
        "few": {"train": names[:3], "test": names[3:5]},
        "one": {"train": names},
        "others": {"train": [f"x/{i}" for i in range(20)], "test": [f"y/{i}" for i in range(9)]},
        "no train": {"test": names[:12], "val": names[12:]},
    }[lists]
    for name, lines in parts.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(lines) + "\n")
    found, _, _ = read(tmp_path)
    assert {split for _, split in found.values()} == {None}


def tiny(tmp_path, annotated=True):
    for label in ("n01", "n02", "n03"):
        for i in range(6):
            paint(tmp_path / "train" / label / "images" / f"{label}_{i}.png")
        (tmp_path / "train" / label / f"{label}_boxes.txt").write_text(f"{label}_0.png\t0\t1\t5\t6\n")
    for i in range(6):
        paint(tmp_path / "val" / "images" / f"val_{i}.png")
        paint(tmp_path / "test" / "images" / f"test_{i}.png")
    lines = [f"val_{i}.png\tn0{1 + i % 3}\t0\t32\t44\t62\n" for i in range(6)]
    if annotated:
        (tmp_path / "val" / "val_annotations.txt").write_text("".join(lines))


def test_the_classes_of_a_split_stand_in_a_list(tmp_path):
    tiny(tmp_path)
    found, examples, told = read(tmp_path)
    assert found["val_4.png"] == ("n02", "dev")
    assert {split for _, split in found.values()} == {"train", "dev"}
    assert sum(one.reason == "no file says its class" for one in examples.skipped) == 6
    assert any("the classes of its pictures were read from it" in one for one in told)


def test_a_split_without_classes_is_refused_where_nothing_says_them(tmp_path):
    tiny(tmp_path, annotated=False)
    with pytest.raises(UserError, match="pictures have the class 'images' that the training pictures have not"):
        read(tmp_path)
