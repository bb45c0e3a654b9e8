"""Lists beside folders of words are their splits, and the folder of noise is no word; both are said."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import fathom
from fathom.data.source import resolve
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.tasks import recognize

NOISE = "_background_noise_"


def words(root, labels=("no", "yes", NOISE), count=6):
    rng = np.random.default_rng(len(labels))
    for label in labels:
        (root / label).mkdir(parents=True)
        for i in range(count):
            soundfile.write(root / label / f"s{i}_nohash_0.wav", rng.normal(0, 0.1, 800), 16000)
    return root


def listing(*numbers, form="{}/s{}_nohash_0.wav", labels=("no", "yes")):
    return "".join(form.format(label, i) + "\n" for label in labels for i in numbers)


def read(root):
    source = resolve(str(root))
    found = read_as_asked(recognize(source)[0]().examples, source)
    return found, [note.removeprefix(f"{root}") for note in found.repairs]


def splits(found):
    """The numbers of the recordings in each split."""
    told = {}
    for e in found.items:
        told.setdefault(e.split, set()).add(int(e.id.partition("/s")[2][0]))
    return told


@pytest.mark.parametrize("form", ["{}/s{}_nohash_0.wav", ".\\{}\\s{}_nohash_0.wav", "data/{}/s{}_nohash_0.wav 1"])
@pytest.mark.parametrize("names", [("validation_list", "testing_list"), ("val", "test"), ("dev_files", "test_files")])
def test_lists_of_dev_and_test_are_splits_and_the_rest_is_train(tmp_path, names, form):
    words(tmp_path)
    for name, number in zip(names, (4, 5)):
        (tmp_path / f"{name}.txt").write_text(listing(number, form=form))
    found, notes = read(tmp_path)
    assert splits(found) == {"train": {0, 1, 2, 3}, "dev": {4}, "test": {5}}
    assert {e.target for e in found.items} == {"no", "yes"}
    assert sorted(notes)[0].startswith(f": {NOISE} is left out, with 6 recordings: it is noise to mix in")
    assert f"{names[0]}.txt was read as the list of dev" in notes[1]
    assert "8 are train" in notes[1]


def test_beside_a_list_of_train_what_none_names_is_left_out(tmp_path):
    words(tmp_path, ("no", "yes"))
    (tmp_path / "train_list.txt").write_text(listing(0, 1, 2))
    (tmp_path / "test_list.txt").write_text(listing(3, 9))
    found, notes = read(tmp_path)
    assert splits(found) == {"train": {0, 1, 2}, "test": {3}}
    assert [s.reason for s in found.skipped] == ["is in none of test_list.txt, train_list.txt"] * 4
    assert "/test_list.txt: 2 lines name no recording that is there" in notes


@pytest.mark.parametrize("text", ["how this was made\nby hand\n", ""])
def test_texts_that_list_nothing_are_no_lists(tmp_path, text):
    words(tmp_path, ("no", "yes"))
    (tmp_path / "testing_list.txt").write_text(text)
    found, notes = read(tmp_path)
    assert splits(found) == {None: set(range(6))}
    assert not notes


def test_a_list_whose_recordings_are_elsewhere_is_told(tmp_path):
    words(tmp_path, ("no", "yes"))
    (tmp_path / "testing_list.txt").write_text("no/a.wav\nno/b.wav\n")
    found, notes = read(tmp_path)
    assert splits(found) == {None: set(range(6))}
    assert notes == ["/testing_list.txt: 2 lines name no recording that is there"]


def test_the_folder_of_noise_is_no_empty_class(tmp_path):
    assert not [f for f in fathom.check(words(tmp_path)) if f.name == "empty_class"]


def test_noise_stays_a_class_beside_a_single_word(tmp_path):
    found, notes = read(words(tmp_path, ("yes", NOISE)))
    assert {e.target for e in found.items} == {"yes", NOISE}
    assert not notes
