"""Data that was named for dev or test is used, or refused in one sentence; it is never dropped in silence."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PIL import Image

import fathom
from fathom.data.audio.recordings import read_words
from fathom.data.image.image_folder import read_picture_folder
from fathom.data.source import resolve
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.data.table.tables import read_rows
from fathom.errors import UserError


def pictures(root, labels=("cat", "dog"), count=3):
    rng = np.random.default_rng(len(root.name))
    for label in labels:
        (root / label).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            Image.fromarray(rng.integers(0, 255, (8, 8), np.uint8)).save(root / label / f"{i}.png")
    return root


def texts(root, labels=("neg", "pos"), count=3):
    for label in labels:
        (root / label).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            (root / label / f"{i}.txt").write_text(f"{root.name} says {label} {i} times in one sentence\n")
    return root


def sounds(root, labels=("no", "yes"), count=3):
    rng = np.random.default_rng(len(root.name))
    for label in labels:
        (root / label).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            soundfile.write(root / label / f"{i}.wav", rng.normal(0, 0.1, 1600), 16000)
    return root


MAKERS = {"pictures": pictures, "texts": texts, "recordings": sounds}


@pytest.mark.parametrize("split", ["dev", "test"])
@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("other", [*MAKERS, "nothing"])
def test_data_of_another_kind_is_refused(tmp_path, kind, other, split):
    main, asked = MAKERS[kind](tmp_path / "main"), tmp_path / "asked"
    asked.mkdir()
    if other == kind:
        MAKERS[other](asked)
        assert fathom.check(main, **{split: asked}) is not None
        return
    if other != "nothing":
        MAKERS[other](asked)
    with pytest.raises(UserError, match=rf"asked has no {kind} for {split} .*leave `{split}` out"):
        fathom.check(main, **{split: asked})


@pytest.mark.parametrize(("kind", "other"), [("pictures", "recordings"), ("recordings", "pictures")])
def test_what_is_of_another_kind_beside_the_data_is_told(tmp_path, kind, other):
    MAKERS[kind](tmp_path)
    read = {"pictures": read_picture_folder, "recordings": read_words}[kind]
    assert read_as_asked(read, resolve(str(tmp_path))).repairs == ()
    MAKERS[other](tmp_path)
    (told,) = read_as_asked(read, resolve(str(tmp_path))).repairs
    assert told == (
        f"{tmp_path}: the {kind} are read, and the {other} that lie there, too, are not: give their folder alone"
    )


def test_tables_beside_those_that_are_read_are_told(tmp_path):
    for name in ("train", "test", "other", "more"):
        (tmp_path / f"{name}.csv").write_text(f"a,label\n1,{name}\n2,yes\n")
    told = read_as_asked(read_rows, resolve(str(tmp_path), target="label")).repairs
    assert told == (f"{tmp_path}: more.csv, other.csv are not read, beside train.csv, test.csv",)


def test_a_training_refuses_it_before_it_begins(tmp_path):
    with pytest.raises(UserError, match="asked has no texts for dev"):
        fathom.train(texts(tmp_path / "main"), dev=pictures(tmp_path / "asked"), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("text,label\nso good,pos\nso bad,neg\n")
    with pytest.raises(UserError, match=r"table\.csv has no texts for test"):
        fathom.check(texts(tmp_path / "main"), test=table)


def test_pictures_without_a_class_say_why_they_are_no_dev(tmp_path):
    pictures(tmp_path / "flat", labels=("",))
    with pytest.raises(UserError, match=r"the first that is left out, dev/0\.png: lies outside the class folders"):
        fathom.check(pictures(tmp_path / "main"), dev=tmp_path / "flat")


@pytest.mark.parametrize("kind", MAKERS)
def test_examples_of_other_classes_alone_are_refused(tmp_path, kind):
    with pytest.raises(UserError, match="class"):
        fathom.check(MAKERS[kind](tmp_path / "main"), test=MAKERS[kind](tmp_path / "asked", labels=("a", "b")))


def test_a_check_compares_classes_as_a_training_does(tmp_path):
    with pytest.raises(UserError, match=r"the classes no, yes and test has others, a, b: .*`test`"):
        fathom.check(sounds(tmp_path / "main"), test=sounds(tmp_path / "asked", labels=("a", "b")))
    fathom.check(sounds(tmp_path / "main"), test=sounds(tmp_path / "some", labels=("a", "yes")))
