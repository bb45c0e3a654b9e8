"""Folders that hold nothing but one other are passed through; those of a class, a split or a link are not."""

from __future__ import annotations

from pathlib import Path

import pytest

import fathom
from fathom.data.source import resolve
from fathom.data.wrappers import unwrapped
from fathom.errors import UserError


def files(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("some words")
    root.mkdir(exist_ok=True)
    return root


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("a/b/cat/1.png", "a/b/dog/1.png"), "a/b"),
        (("a/b/c/d/rows.csv",), "a/b/c/d"),
        (("a/train.en", "a/train.de"), "a"),
        (("a/b/cat/1.png", "a/b/.hidden", "__MACOSX/a", ".DS_Store"), "a/b"),  # the only class
        (("a/train/cat/1.png", "a/train/dog/1.png"), "a"),
        (("a/train-clean-100/1/2/3.flac", "a/train-clean-100/1/2/3.trans.txt"), "a"),
        (("cat/1.png", "cat/2.JPG"), ""),
        (("a/pos/1.txt",), "a"),
        (("a/x.csv", "README.md"), ""),
        (("rows.csv",), ""),
        ((), ""),
    ],
)
def test_the_folder_with_the_data(tmp_path, names, found):
    root = files(tmp_path / "d", *names)
    assert unwrapped(root) == root / found
    assert resolve(str(root)).path == root / found


def test_no_link_is_followed(tmp_path):
    elsewhere = files(tmp_path / "elsewhere", "cat/1.csv", "dog/1.csv")
    root = files(tmp_path / "d")
    (root / "a").symlink_to(elsewhere)
    assert unwrapped(root) == root


def test_a_folder_within_itself_ends(tmp_path):
    deep = tmp_path / "d" / "/".join("a" * 40)
    deep.mkdir(parents=True)
    (deep / "x.csv").write_text("a,b\n")
    assert unwrapped(tmp_path / "d") == tmp_path / "d" / "/".join("a" * 8)


def test_texts_below_two_wrappers_are_learned(tmp_path):
    words = {"pos": "good", "neg": "bad"}
    names = [f"archive/films/{kind}/{i}.txt" for kind in words for i in range(30)]
    root = files(tmp_path / "d", *names)
    for name in names:
        (root / name).write_text(f"a {words[Path(name).parent.name]} film, number {Path(name).stem}")
    run = fathom.train(root, out=tmp_path / "run", epochs=1, net="average")
    assert run.task == "text-classification"
    again = fathom.test(tmp_path / "run")
    assert again.value <= 1


@pytest.mark.parametrize("folders", [("val", "test"), ("dev", "testing")])
def test_folders_for_dev_and_test_alone_are_no_classes(tmp_path, folders):
    root = files(tmp_path / "d", *(f"{split}/{kind}/{i}.txt" for split in folders for kind in "ab" for i in range(9)))
    with pytest.raises(UserError, match="are no classes, and none of them is for training: add a folder train"):
        fathom.check(root)
