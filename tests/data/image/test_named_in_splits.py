"""Loose pictures in folders called as splits are, with their classes in their names."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from fathom.data.image import image_folder
from fathom.data.source import resolve
from fathom.records import Examples


def read(root: Path, names: dict[str, list[str]]) -> Examples:
    for folder, files in names.items():
        (root / folder).mkdir()
        for i, name in enumerate(files):
            Image.new("L", (8, 8), i).save(root / folder / name)
    return image_folder.read_picture_folder(resolve(str(root)))


CATS_AND_DOGS = [f"{name}.{i}.jpg" for name in ("cat", "dog") for i in range(6)]
NUMBERS = [f"{i}.jpg" for i in range(6)]


def test_names_say_the_classes_and_pictures_to_predict_are_left_out(tmp_path):
    found = read(tmp_path, {"train": CATS_AND_DOGS, "test1": NUMBERS})
    assert {e.target for e in found.items} == {"cat", "dog"}
    assert {e.split for e in found.items} == {"train"}
    assert len(found.items) == 12
    assert {one.id for one in found.skipped} == {f"test1/{name}" for name in NUMBERS}


def test_named_pictures_of_the_other_folder_are_its_split(tmp_path):
    found = read(tmp_path, {"x_train": CATS_AND_DOGS, "x_test": CATS_AND_DOGS})
    assert [e.split for e in found.items].count("test") == 12
    assert {e.target for e in found.items} == {"cat", "dog"}


def test_folders_stay_classes_where_the_names_say_none_or_a_folder_is_no_split(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert {e.target for e in read(tmp_path / "a", {"train": NUMBERS, "test1": NUMBERS}).items} == {"train", "test1"}
    assert {e.target for e in read(tmp_path / "b", {"train": CATS_AND_DOGS, "bus": NUMBERS}).items} == {"train", "bus"}
