"""A run plays on from its folder alone, and what it played can be written."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest

import fathom
from fathom.data.music import piano_roll
from fathom.errors import UserError
from fathom.runs.compose import Tune, compose
from fathom.runs.folder import RunFolder

CHORDS = [[48, 64, 67], [53, 65, 69], [55, 62, 67], [57, 60, 64]]


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> RunFolder:
    folder = tmp_path_factory.mktemp("music")
    data = folder / "pieces.json"
    data.write_text(json.dumps([[CHORDS[(i + t) % 4] for t in range(9 + i % 5)] for i in range(40)]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FATHOM_CACHE", str(folder / "cache"))
        done = fathom.train(data, out=folder / "run", epochs=30, batch_size=8, hidden=32, members=1, augment=0)
    data.unlink()
    return done.folder


def test_what_was_learned_is_played(run):
    heard: list[str] = []
    tune = compose(run, prompt="[[48, 64, 67], [53, 65, 69]]", length=6, temperature=0, heard=heard.append)
    expected = [tuple(CHORDS[t % 4]) for t in range(8)]
    assert piano_roll.roll_to_chords(tune.roll) == expected
    assert heard == [piano_roll.chord_name(chord) for chord in expected]


def test_the_same_seed_plays_the_same(run):
    one, same, other = (compose(run, length=40, temperature=2.0, seed=seed).roll for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_as_lines_of_notes(run):
    from fathom.runs.load import load_net, load_task

    task = load_task(run)
    lines = task.generate(load_net(run, task), prompt="[[48, 64, 67]]", length=2, temperature=0)
    assert "".join(lines) == "C3 E4 G4\nF3 F4 A4\nG3 D4 G4\n"


def test_a_tune_is_written_in_three_ways(tmp_path):
    from PIL import Image

    tune = Tune(piano_roll.chords_to_roll([(60, 64), (60,), (62,)]), grid=2, tempo=120)
    assert tune.seconds == pytest.approx(0.75)
    tune.write_midi(tmp_path / "tune.mid")
    tune.write_wav(tmp_path / "tune.wav")
    tune.write_picture(tmp_path / "tune.png")
    with wave.open(str(tmp_path / "tune.wav"), "rb") as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(0.75, abs=0.3)
    assert Image.open(tmp_path / "tune.png").size == (12, 36)
    pytest.importorskip("symusic")
    assert np.array_equal(piano_roll.read_midi(tmp_path / "tune.mid", 2), tune.roll)


@pytest.mark.parametrize(
    "asked", [{"length": 0}, {"temperature": -1.0}, {"tempo": 0.0}, {"prompt": "nothing"}, {"prompt": __file__}]
)
def test_what_cannot_be_played_is_refused_in_a_sentence(asked, run):
    with pytest.raises(UserError) as refused:
        compose(run, **asked)
    assert "\n" not in str(refused.value)
