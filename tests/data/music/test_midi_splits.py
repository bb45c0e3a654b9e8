"""Folders of MIDI files that are ready-made splits, wherever they lie."""

from __future__ import annotations

import numpy as np
import pytest

from fathom.data.music import midi, piano_roll
from fathom.data.source import resolve

pytest.importorskip("symusic")


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("train/a", "valid/b", "test/c"), ["test", "train", "dev"]),
        (("Nottingham/train/a", "Nottingham/valid/b", "Nottingham/test/c"), ["test", "train", "dev"]),
        (("jigs/train/a", "jigs/test/b", "reels/train/c", "reels/test/d"), ["test", "train", "test", "train"]),
        (("bach/a", "bach/train/b", "mozart/c"), [None, None, None]),
        (("tunes/a", "tunes/b", "c"), [None, None, None]),
        (("a", "test/b"), [None, "test"]),
    ],
)
def test_the_split_of_a_piece_is_that_of_its_folder(tmp_path, names, splits):
    for i, name in enumerate(names):
        roll = np.zeros((8, 88), np.uint8)
        roll[:, i] = 1
        path = tmp_path / f"{name}.mid"
        path.parent.mkdir(parents=True, exist_ok=True)
        midi.write_midi(path, roll)
    items = piano_roll.read_music(resolve(str(tmp_path))).items
    assert [e.split for e in items] == splits
    assert all(e.group is None for e in items)


@pytest.mark.parametrize(
    ("rows", "splits"),
    [
        (("train,2004/a.midi", "validation,2004/b.midi", "test,2006/c.midi"), ["train", "dev", "test"]),
        (("train,2004/a.midi", "test,2004/b.midi", "train,2009/z.midi"), ["train", "test", None]),
        (("train,2004/a.midi", "test,2009/y.midi", "train,2009/z.midi"), [None, None, None]),
        (("ours,2004/a.midi", "theirs,2004/b.midi", "ours,2006/c.midi"), [None, None, None]),
    ],
)
def test_a_table_beside_the_files_says_their_splits(tmp_path, rows, splits):
    root = tmp_path / "maestro"
    for i, name in enumerate(("2004/a", "2004/b", "2006/c")):
        roll = np.zeros((8, 88), np.uint8)
        roll[:, i] = 1
        path = root / f"{name}.midi"
        path.parent.mkdir(parents=True, exist_ok=True)
        midi.write_midi(path, roll)
    (root / "maestro.csv").write_text("\n".join(["split,midi_filename", *rows]) + "\n")
    assert [e.split for e in piano_roll.read_music(resolve(str(tmp_path))).items] == splits
