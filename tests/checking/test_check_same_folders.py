"""Folders taken as classes that each hold the same folders are warned of, and what is like them and healthy is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_data import folder

import fathom
from fathom.records import Finding

NAME = "classes_hold_same_folders"


def warned(root: Path, *folders: str) -> list[Finding]:
    """The warnings of pictures in these folders."""
    folder(root, {name: range(100 * i, 100 * i + 5) for i, name in enumerate(folders)})
    return [f for f in fathom.check(root) if f.name == NAME]


def within(outer: str, inner: str) -> list[str]:
    return [f"{one}/{two}" for one in outer.split() for two in inner.split()]


def test_the_same_folders_in_each_class_are_warned_of(tmp_path):
    (told,) = warned(tmp_path / "plants", *within("color grayscale segmented", "apple plum pear quince"))
    assert told.severity == "warning"
    assert told.title == ("the folders color, grayscale, segmented hold the same folders: apple, pear, plum and 1 more")
    assert str(tmp_path / "plants" / "color") in told.advice
    assert told.evidence["folders"] == ["apple", "pear", "plum", "quince"]


def test_the_same_folders_below_those_of_splits_are_warned_of(tmp_path):
    (told,) = warned(tmp_path, *within("left truth", "train/aachen train/bonn val/ulm"))
    assert told.evidence["folders"] == ["aachen", "bonn", "ulm"]


@pytest.mark.parametrize(
    "folders",
    [
        ["cat", "dog"],
        within("cat dog", "train val"),
        within("cat dog", "day night"),
        within("cat dog", "images masks"),
        within("cat dog", "40X 100X"),
        within("cat dog", "person_1 person_2"),
        within("cat dog", "photos"),
        ["cat/tabby", "cat/manx", "dog/beagle", "dog/poodle"],
        ["cat/tabby", "cat/manx", "dog/tabby"],
        ["cat/anna", "cat/ben", "dog/anna", "dog/ben", "dog"],
        within("train test", "cat dog"),
        within("train test", "cat/anna cat/ben dog/anna"),
    ],
)
def test_healthy_layouts_are_not(tmp_path, folders):
    assert not warned(tmp_path, *dict.fromkeys(sorted(folders, key=len)))


def of_copies(root: Path, *folders: str) -> list[Finding]:
    folder(root, {name: range(100 * i, 100 * i + 5) for i, name in enumerate(folders)})
    return [f for f in fathom.check(root) if f.name == "class_holds_classes"]


def test_a_folder_that_holds_the_other_classes_is_warned_of(tmp_path):
    (told,) = of_copies(tmp_path / "a", "cat", "dog", "cow", *within("pictures", "cat dog cow"))
    assert told.title == "the folder pictures is learned as a class and holds folders of other classes: cat, cow, dog"
    assert of_copies(tmp_path / "b", "cat", "dog", "pictures", *within("pictures", "cat dog"))


@pytest.mark.parametrize(
    "folders",
    [
        ["cat", "dog", "cow"],
        ["cat", "dog", *within("cow", "left right")],
        ["cat", "dog", "cow/cat"],  # one alone may be a breed, a place, a mistake
        ["cat", "dog", *within("cow", "cat dog brown")],
    ],
)
def test_folders_of_other_names_within_a_class_are_not(tmp_path, folders):
    assert of_copies(tmp_path, *folders) == []
