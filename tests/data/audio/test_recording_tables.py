"""Tables beside one folder of recordings say what is heard, also where they name files without endings."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from fathom.data import repairs
from fathom.data.audio import recordings, transcripts
from fathom.errors import UserError
from fathom.records import Source


def sounds(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        soundfile.write(folder / f"{name}.wav", np.random.default_rng(i).normal(0, 0.1, 800), 8000)


def read(root, reader=recordings.read_words):
    with repairs.unsaid(), repairs.collected() as told:
        found = reader(Source("d", root))
    return {e.input.stem: e.target for e in found.items}, told


@pytest.mark.parametrize(
    ("table", "header", "form"),
    [
        ("labels.csv", "fname,label", "{}"),
        ("labels.csv", "filename,label", "{}.wav"),
        ("labels.csv", "id,label", "audio/{}"),
        ("meta/set.csv", "filename,label", "{}.wav"),
        ("meta/set.csv", "file,label", "{}"),
    ],
)
def test_a_table_beside_one_folder_of_recordings_is_used(tmp_path, table, header, form):
    sounds(tmp_path / "audio", "0000", "0001", "0002", "0003")
    path = tmp_path / table
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *(f"{form.format(f'000{i}')},{('no', 'yes')[i % 2]}" for i in range(4))]))
    assert read(tmp_path) == ({"0000": "no", "0001": "yes", "0002": "no", "0003": "yes"}, [])


def test_recordings_without_a_row_are_told(tmp_path):
    sounds(tmp_path / "audio", "a", "b", "c")
    (tmp_path / "labels.csv").write_text("path,label\na,yes\nb,no\n")
    assert read(tmp_path) == (
        {"a": "yes", "b": "no"}, ["1 of 3 recordings have no row in labels.csv: audio/c.wav, for example"],
    )  # fmt: skip


def test_why_a_table_is_not_used_is_told(tmp_path):
    sounds(tmp_path / "audio", "a", "b", "c")
    (tmp_path / "labels.csv").write_text("speaker,label\nann,yes\nbob,no\n")
    with repairs.unsaid(), repairs.collected() as told, pytest.raises(UserError, match="one word only, audio"):
        recordings.read_words(Source("d", tmp_path))
    assert [note.partition(", since ")[2] for note in told] == ["labels.csv names no recording there"]


def test_folders_of_words_count_more_than_names_without_endings(tmp_path):
    for word in ("no", "yes"):
        sounds(tmp_path / word, f"{word}1", f"{word}2")
    (tmp_path / "speakers.csv").write_text("id,age\nno1,30\nno2,31\nyes1,40\nyes2,41\n")
    found, _ = read(tmp_path)
    assert found == {"no1": "no", "no2": "no", "yes1": "yes", "yes2": "yes"}


def test_transcripts_of_names_without_endings_and_below_a_wrapper(tmp_path):
    sounds(tmp_path / "a" / "audio", *map(str, range(3)))
    (tmp_path / "a" / "metadata.csv").write_text("file,text\n0,one two\n1,three four\n2,five\n")
    assert read(tmp_path / "a", transcripts.read_transcripts)[0] == {"0": "one two", "1": "three four", "2": "five"}
    sounds(tmp_path / "b" / "de" / "clips", "x0", "x1", "x2")
    for split, i in (("train", 0), ("dev", 1), ("test", 2)):
        table = tmp_path / "b" / "de" / f"{split}.tsv"
        table.write_text(f"client_id\tpath\tsentence\nc{i}\tx{i}.wav\tone two\n")
    assert transcripts.has_transcripts(tmp_path / "b")
    found = transcripts.read_transcripts(Source("d", tmp_path / "b"))
    assert [e.split for e in found.items] == ["dev", "test", "train"]
