"""A folder that says by its name that it has no labels is left out; a class of that name is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fathom.data import repairs
from fathom.data.source import resolve
from fathom.data.text.texts import read_text_folder


def folders(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).mkdir(parents=True)
        for i in range(3):
            (root / name / f"{i}.txt").write_text(f"a text of {name}, number {i}")
    return root


@pytest.mark.parametrize("name", ["unsup", "Unlabeled", "unlabelled_reviews", "unsupervised"])
def test_a_folder_without_labels_is_left_out_and_told(tmp_path, name):
    folders(tmp_path, "train/pos", "train/neg", f"train/{name}", "test/pos", "test/neg")
    with repairs.collected() as told:
        read = read_text_folder(resolve(str(tmp_path)))
    assert {e.target for e in read.items} == {"pos", "neg"}
    assert len(read.items) == 12
    assert f"{name} is left out, with 3 examples" in "".join(told)


@pytest.mark.parametrize(
    "names",
    [
        ("train/pos", "train/neg", "train/unsup", "test/pos", "test/neg", "test/unsup"),
        ("train/pos", "train/neg", "train/unsupported", "test/pos", "test/neg"),
        ("train/pos", "train/unsup", "test/pos"),
        ("pos", "neg", "unsup"),
    ],
)
def test_a_class_of_such_a_name_stays(tmp_path, names):
    with repairs.collected() as told:
        read = read_text_folder(resolve(str(folders(tmp_path, *names))))
    assert len(read.items) == 3 * len(names)
    assert "left out" not in "".join(told)
