"""Lists that number the classes of pictures, as those of the pets do; other lists say none."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from PIL import Image

import fathom
from fathom.data import repairs
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.tasks import recognize

BREEDS = {"Abyssinian": "1 1 1", "american_bulldog": "2 2 1", "Bengal": "3 1 2"}
HEAD = "#Image CLASS-ID SPECIES BREED ID\n#ID: 1:37 Class ids\n#SPECIES: 1:Cat 2:Dog\n"


def pets(folder, said=None, place="annotations", names=tuple(BREEDS)):
    """Twelve pictures of each breed, in one folder, and the three lists."""
    dice = random.Random(0)
    (folder / "images").mkdir(parents=True)
    (folder / place).mkdir(exist_ok=True)
    lines = {"trainval": [], "test": []}
    for k, numbers in enumerate(BREEDS.values()):
        for i in range(12):
            name = f"{names[k]}_{i + 100 * k}"
            Image.frombytes("L", (8, 8), dice.randbytes(64)).save(folder / "images" / f"{name}.jpg")
            lines["trainval" if i < 8 else "test"].append(f"{name} {said(k, i) if said else numbers}")
    for name, own in {**lines, "list": [HEAD + lines["trainval"][0], *lines["trainval"][1:], *lines["test"]]}.items():
        (folder / place / f"{name}.txt").write_text("\n".join(own) + "\n")
    return folder


def read(folder):
    source = resolve(str(folder))
    task = recognize(source)[0]
    with repairs.collected() as told:
        return task.name, task().examples(source), told


@pytest.mark.parametrize("place", ["annotations", "lists", "."])
def test_the_lists_of_the_pets_are_read(tmp_path, place):
    name, found, told = read(pets(tmp_path / "d", place=place))
    assert name == "image-classification"
    assert Counter((e.target, e.split) for e in found.items) == {
        (breed, split): n for breed in BREEDS for split, n in (("train", 8), ("test", 4))
    }
    assert all(e.target in e.id for e in found.items)
    assert any("the classes of the pictures and the splits were read from" in one for one in told)


def test_without_words_the_numbers_are_the_classes_and_what_is_not_listed_is_told(tmp_path):
    data = pets(tmp_path / "d", names=("photo",) * 3)
    Image.new("L", (8, 8)).save(data / "images" / "photo_999.jpg")
    _, found, _ = read(data)
    assert {e.target for e in found.items} == {"1", "2", "3"}
    assert [(one.id, one.reason) for one in found.skipped] == [("images/photo_999.jpg", "no list says its class")]


@pytest.mark.parametrize(
    "said", [lambda k, i: f"{k}.5", lambda k, i: f"{20 * k + i}", lambda k, i: f"{3 * k}", lambda k, i: "1"],
    ids=["fractions", "a quantity", "gaps", "one class"],
)  # fmt: skip
def test_other_lists_say_no_classes(tmp_path, said):
    with pytest.raises(UserError, match="one class folder only"):
        read(pets(tmp_path / "d", said))


def test_folders_of_classes_count_more_than_lists_of_some(tmp_path):
    data = pets(tmp_path / "d")
    for breed in BREEDS:
        (data / breed).mkdir()
        for i, path in enumerate(sorted((data / "images").glob(f"{breed}*"))):
            path.rename(data / breed / f"{i}.jpg")
    (data / "images").rmdir()
    _, found, told = read(data)
    assert {e.target for e in found.items} == set(BREEDS)
    assert not told


def test_such_pictures_are_learned(tmp_path):
    run = fathom.train(pets(tmp_path / "d"), net="logistic", epochs=1, out=tmp_path / "run")
    assert set(run.results["split"]) == {"train", "dev"}
    run.test()
