"""A net that says nothing after a share of the training goes on with more care, once, and tells it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fathom
from fathom.progress import Interrupted, Watcher
from fathom.records import Prediction
from fathom.tasks.audio.speech_recognition import SpeechRecognition
from fathom.training.silent_net import RATE, SHARE, begins_care, rate_and_progress
from fathom.training.training_state import TrainingState

soundfile = pytest.importorskip("soundfile")


def test_it_begins_once_after_a_share_of_the_steps_and_where_nothing_is_said():
    state = TrainingState(step=round(100 * SHARE) - 1, total_steps=100)
    assert not begins_care(state, silent=True)
    state.step += 1
    assert not begins_care(state, silent=False)
    assert begins_care(state, silent=True)
    state.step = 60
    assert not begins_care(state, silent=True)
    assert not begins_care(TrainingState(step=100, total_steps=100), silent=True)


def test_the_schedule_begins_anew_at_a_lower_rate():
    state = TrainingState(step=40, total_steps=100)
    assert rate_and_progress(state, 40, 100) == (1.0, 0.4)
    state.careful_from = 40
    assert rate_and_progress(state, 40, 100) == (RATE, 0.0)
    assert rate_and_progress(state, 100, 100) == (RATE, 1.0)


def test_one_letter_is_something():
    task = SpeechRecognition()
    assert task.says_nothing([Prediction(""), Prediction("")])
    assert not task.says_nothing([Prediction(""), Prediction("e")])


class Listening(Watcher):
    """Keeps what is told, and may ask to stop after an epoch."""

    def __init__(self, stop_after: int = 0) -> None:
        self.told: list[str] = []
        self.epoch, self.stop_after = 0, stop_after

    def summary_line(self, label, text):
        self.told += [text] * (label == "silent")

    def end_epoch(self, record, metric):
        self.epoch = record["epoch"]

    def stop_requested(self):
        return bool(self.stop_after) and self.epoch >= self.stop_after


def test_it_is_told_and_survives_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "told").mkdir()
    lines = ["file_name,transcription"]
    for i in range(12):
        wave = 0.3 * np.sin(2 * np.pi * (300 + 50 * i) * np.arange(4000) / 8000)
        soundfile.write(tmp_path / "told" / f"{i}.wav", wave, 8000)
        lines.append(f"{i}.wav,{('no', 'yes')[i % 2]}")
    (tmp_path / "told" / "metadata.csv").write_text("\n".join(lines))
    monkeypatch.setattr(SpeechRecognition, "says_nothing", lambda self, predictions: True)
    asked = {"net": "conv-lstm", "hidden": 4, "layers": 1, "width": 4, "epochs": 6, "batch_size": 8}
    heard = Listening()
    whole = fathom.train(tmp_path / "told", out=tmp_path / "whole", watcher=heard, **asked)
    assert len(heard.told) == 1
    assert "says nothing yet" in heard.told[0]
    with pytest.raises(Interrupted):
        fathom.train(tmp_path / "told", out=tmp_path / "stopped", watcher=Listening(stop_after=3), **asked)
    again = fathom.train(resume=tmp_path / "stopped")
    assert whole.folder.weights.read_bytes() == again.folder.weights.read_bytes()
