"""Folders that are splits are read as such, however they are called; classes with such names are not."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PIL import Image

import fathom
from fathom.data.source import resolve
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.data.splits.split_folders import split_folders, split_word
from fathom.errors import UserError
from fathom.tasks import recognize


def picture(path):
    noise = np.random.default_rng(len(str(path)) * 1000 + sum(map(ord, str(path)))).integers(0, 255, (8, 8), np.uint8)
    Image.fromarray(noise).save(path.with_suffix(".png"))


def text(path):
    path.with_suffix(".txt").write_text(f"what {path.parent.parent.name} says of {path.parent.name} is {path.stem}\n")


def sound(path):
    noise = np.random.default_rng(sum(map(ord, str(path)))).normal(0, 0.1, 800)
    soundfile.write(path.with_suffix(".wav"), noise, 16000)


def laid_out(root, folders, write=picture, count=3):
    """Files in each of the folders."""
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            write(root / folder / str(i))
    return root


def parts(*names, classes=("cat", "dog")):
    return [f"{name}/{label}" for name in names for label in classes]


def read(root):
    source = resolve(str(root))
    return read_as_asked(recognize(source)[0]().examples, source)


def told(root):
    """The split of each folder, and what was said without the name of the place."""
    found = read(root)
    splits = {e.id.split("/")[0]: e.split for e in found.items}
    return splits, [note.removeprefix(f"{root}: ") for note in found.repairs]


NAMES = [
    ("seg_train", None, "seg_test"), ("training_set", None, "test_set"), ("train_images", "val_images", "test_images"),
    ("training", "validate", "tests"), ("01_train", "02_val", "03_test"), ("train", "eval", "holdout"),
    ("training", "validation", "evaluation"), ("Training", "Validierung", "Prüfung"), ("trainset", "devset", "testset"),
    ("Trainingsdaten", "Validierungsdaten", "Testdaten"), ("train-clean-100", "dev-clean", "test-clean"),
]  # fmt: skip


@pytest.mark.parametrize("names", NAMES)
def test_folders_that_hold_the_word_of_a_split_are_splits(tmp_path, names):
    ends = {name: split for name, split in zip(names, ("train", "dev", "test")) if name}
    splits, notes = told(laid_out(tmp_path, parts(*ends)))
    assert splits == ends
    plain = ("train", "training", "validation", "Training")
    assert notes == ["; ".join(f"{name} was read as {split}" for name, split in ends.items() if name not in plain)]


@pytest.mark.parametrize(("write", "kind"), [(picture, "pictures"), (text, "texts"), (sound, "recordings")])
def test_it_holds_of_pictures_texts_and_recordings(tmp_path, write, kind):
    found = read(laid_out(tmp_path, parts("my_train", "my_test"), write))
    assert (found.kind, {e.target for e in found.items}) == (kind, {"cat", "dog"})
    assert {e.id.split("/")[0]: e.split for e in found.items} == {"my_train": "train", "my_test": "test"}
    assert found.repairs == (f"{tmp_path}: my_train was read as train; my_test was read as test",)


@pytest.mark.parametrize("write", [picture, text, sound])
@pytest.mark.parametrize("odd", ["unlabeled", "train_old"])
def test_what_is_no_split_beside_exact_names_is_left_out(tmp_path, write, odd):
    root = laid_out(tmp_path, parts("train", "valid", "test", odd), write)
    splits, notes = told(root)
    assert splits == {"train": "train", "valid": "dev", "test": "test"}
    assert notes == [f"{odd} is left out, beside the folders train, valid, test"]


def test_splits_in_a_folder_of_their_own_name_are_found(tmp_path):
    root = laid_out(tmp_path, [*parts("seg_train/seg_train", "seg_test/seg_test"), "seg_pred/seg_pred"])
    splits, notes = told(root)
    assert splits == {"seg_train": "train", "seg_test": "test"}
    assert notes == [
        "seg_train was read as train; seg_test was read as test; "
        "seg_pred is left out, beside the folders seg_train, seg_test"
    ]
    assert {e.target for e in read(root).items} == {"cat", "dog"}


@pytest.mark.parametrize(
    "folders",
    [
        ["train", "plane", "boat"],
        ["train/day", "train/night", "plane/day", "plane/night", "bus/day", "bus/night"],
        ["train_station/in", "train_station/out", "blood_test/left", "blood_test/right", "zoo", "airport"],
        ["train_cars/red", "train_cars/blue", "blood_test/left", "blood_test/right"],
        ["valid", "invalid"],
    ],
)
def test_classes_with_such_words_stay_classes(tmp_path, folders):
    splits, notes = told(laid_out(tmp_path, folders))
    assert set(splits.values()) == {None}
    assert not notes


def test_two_exact_names_for_one_split_are_refused(tmp_path):
    laid_out(tmp_path, parts("train", "valid", "val", "extra"))
    below = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match="the folders val and valid, both for dev"):
        split_folders(tmp_path, below)


def test_names_with_several_words_or_with_none_say_nothing():
    assert [split_word(name) for name in ("trainval", "train_or_test", "contest", "latest", "data", "set")] == [
        None
    ] * 6
    assert split_word("train_dev") == "train-dev"


# --- where it cannot be told ------------------------------------------------------------------------------------------


def warned(root):
    return [f for f in fathom.check(root) if f.name == "classes_like_splits"]


@pytest.mark.parametrize("write", [picture, text, sound])
def test_names_of_splits_with_nothing_alike_in_them_are_warned_of(tmp_path, write):
    (found,) = warned(laid_out(tmp_path, ["x_train", "x_test", "rest"], write))
    assert found.severity == "warning"
    assert found.title == "the classes x_test, x_train are called as splits are"
    assert found.evidence["classes"] == {"x_test": "test", "x_train": "train"}


@pytest.mark.parametrize(
    "folders", [["train", "plane"], ["train", "test", "plane", "boat"], parts("a_train", "a_test")]
)
def test_other_classes_are_not_warned_of(tmp_path, folders):
    assert not warned(laid_out(tmp_path, folders))
