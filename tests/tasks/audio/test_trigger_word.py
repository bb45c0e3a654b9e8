"""Trigger words: mixtures, whom they share nothing with, times, and what people see."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import fathom
from fathom.data.audio.trigger_word_mixing import Mixture, Word, read_events, read_mixtures
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.metrics import EVENT_F1
from fathom.nets.audio import whisper
from fathom.nets.audio.heard import HeardMoments
from fathom.records import Example, Prediction, Settings
from fathom.tasks import recognize
from fathom.tasks.audio.trigger_word import ON, PLACE, TOLERANCE, TriggerWord, beginnings, matches

RATE = 8000


def tone(path: Path, pitch: float, seconds: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = np.sin(2 * np.pi * pitch * np.arange(int(seconds * RATE)) / RATE)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(sound), "NONE", ""))
        file.writeframes((sound * 8000).astype("<i2").tobytes())
    return path


@pytest.fixture
def words(tmp_path):
    rng = np.random.default_rng(0)
    for name, low in (("trigger", 400), ("others", 1500)):
        for i in range(20):
            tone(tmp_path / "data" / name / f"{i}.wav", low + rng.uniform(0, 300), rng.uniform(0.3, 0.5))
    return tmp_path / "data"


def test_it_is_recognized_by_its_folders(words):
    assert recognize(resolve(str(words)))[0] is TriggerWord


def test_no_recording_is_in_two_splits(words):
    read = read_mixtures(resolve(str(words)), None, 60, 3.0)
    used = {s: {w.path for e in read.items if e.split == s for w in e.input.words} for s in ("train", "dev", "test")}
    assert all(used.values())
    assert not used["train"] & used["dev"]
    assert not used["train"] & used["test"]
    assert not used["dev"] & used["test"]


def test_words_do_not_overlap_and_the_target_is_when_each_ends(words):
    from fathom.data.audio.waveform import probe

    for example in read_mixtures(resolve(str(words)), None, 60, 3.0).items:
        spans = sorted((w.start, w.start + probe(Path(w.path))[0], w.path) for w in example.input.words)
        assert all(a[1] < b[0] for a, b in pairwise(spans))
        ends = [end for _, end, path in spans if "trigger" in path]
        assert [float(t) for t in example.target.split()] == pytest.approx(ends, abs=0.006)


def test_a_mixture_is_the_sum_of_its_parts(tmp_path):
    path = str(tone(tmp_path / "a.wav", 440, 0.5))
    with_word = Mixture(2.0, 7, -30.0, (Word(path, 1.0, 0.0),)).samples(RATE)
    without = Mixture(2.0, 7, -30.0).samples(RATE)
    assert len(with_word) == 2 * RATE
    said = with_word - without
    assert np.abs(said[:RATE]).max() == 0
    assert np.mean(said[RATE : RATE + RATE // 2] ** 2) == pytest.approx(1.0, rel=1e-3)  # 0 decibels
    assert 10 * np.log10(np.mean(without**2)) == pytest.approx(-30.0, abs=0.01)


@pytest.mark.parametrize("asked", [None, "nothing"])
def test_a_word_that_is_not_there_is_refused(asked, tmp_path):
    for name in ("yes", "no"):
        for i in range(3):
            tone(tmp_path / name / f"{i}.wav", 500, 0.3)
    with pytest.raises(UserError, match="trigger"):
        read_mixtures(resolve(str(tmp_path)), asked, 20, 3.0)


def test_labels_are_on_after_the_word(words):
    task = TriggerWord()  # of no net: it hears spectrograms
    read = task.examples(resolve(str(words)))
    task.fit([e for e in read.items if e.split == "train"][:40])
    example = next(e for e in read.items if len(e.target.split()) == 1)
    encoded = task.encode(example)
    on = np.flatnonzero(encoded["marks"]) * PLACE
    end = float(example.target)
    assert on.min() == pytest.approx(end, abs=PLACE)
    assert on.max() == pytest.approx(min(end + ON, 5.0), abs=1.5 * PLACE)


TIMES = st.lists(st.floats(0, 20), max_size=6).map(lambda ts: sorted(round(t, 2) for t in ts))


@given(TIMES, TIMES)
def test_as_many_times_are_paired_as_can_be(said, meant):
    near = np.array([[float(abs(a - b) <= TOLERANCE) for b in meant] for a in said]).reshape(len(said), len(meant))
    rows, columns = linear_sum_assignment(-near)
    assert matches(said, meant) == near[rows, columns].sum()


def test_the_f1_counts_events():
    task = TriggerWord()
    rows = [task.statistics(Prediction(a), b, 0, 1) for a, b in (("1.00 3.00", "1.10"), ("", "2.00"), ("", ""))]
    assert EVENT_F1.of({name: sum(r[name] for r in rows) for name in rows[0]}) == pytest.approx(2 / 4)
    assert EVENT_F1.of(rows[2]) == 1


def test_short_stretches_are_no_events():
    assert beginnings(np.array([1, 1, 0, 1, 1, 1, 1], bool)) == [pytest.approx(3 * PLACE)]


def test_times_in_a_table(tmp_path):
    for i in range(4):
        tone(tmp_path / f"{i}.wav", 500, 1.0)
    rows = {"file_name": ["0.wav", "0.wav", "1.wav", "2.wav", "3.wav"], "end": [0.75, 0.25, None, 0.5, "soon"]}
    pl.DataFrame({k: [None if v is None else str(v) for v in vs] for k, vs in rows.items()}).write_csv(
        tmp_path / "events.csv"
    )
    source = resolve(str(tmp_path))
    assert recognize(source)[0] is TriggerWord
    read = read_events(source)
    assert {e.id: e.target for e in read.items}["0.wav"] == "0.25 0.75"
    assert {e.id: e.target for e in read.items}["1.wav"] == ""


def test_predict_prints_times(words, tmp_path):
    run = fathom.train(words, out=tmp_path / "run", net="conv-gru", epochs=1, hidden=8, mixtures=24, seconds=2)
    task = TriggerWord()
    assert task.format_prediction(Example("x", "x"), Prediction("1.20 3.00")) == "heard at 1.20 s, 3.00 s"
    assert task.format_prediction(Example("x", "x"), Prediction("")) == "not heard"
    assert isinstance(run.predict(str(next((words / "trigger").iterdir())))[0].value, str)


def test_what_stands_in_the_padding_changes_nothing():
    net = HeardMoments(hidden=8).eval()
    heard, length = torch.randn(2, 31, whisper.WIDTH), torch.tensor([31, 20])
    together, steps = net(heard, length)
    alone, step = net(heard[1:, :20], length[1:])
    assert steps.tolist() == [16, 10]
    assert step.tolist() == [10]
    torch.testing.assert_close(together[1:, :10], alone)


@pytest.mark.skipif(not whisper.is_installed(), reason="the packaged weights are not installed")
def test_the_packaged_encoder_hears_by_default_and_its_places_are_those_of_the_labels(words, tmp_path):
    run = fathom.train(words, out=tmp_path / "run", epochs=1, hidden=8, mixtures=24, seconds=2)
    assert run.folder.read_recipe()["resolved"]["settings"]["net"] == "whisper"
    task = TriggerWord(Settings(net="whisper"))
    read = task.examples(resolve(str(words)))
    task.fit([e for e in read.items if e.split == "train"][:4])
    encoded = task.encode(next(e for e in read.items if e.target))
    assert len(encoded["marks"]) == -(-len(encoded["heard"]) // 2)
    seconds = len(encoded["heard"]) * 0.02  # places of 20 ms
    assert len(encoded["marks"]) * PLACE == pytest.approx(seconds, abs=PLACE)
    assert isinstance(run.predict(str(next((words / "trigger").iterdir())))[0].value, str)
