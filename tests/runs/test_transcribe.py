"""``fathom transcribe``: each recording has one text or one reason, in order; long ones are cut where it is quiet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from fathom.cli.main import app
from fathom.data.audio.transcripts import normalize_transcript
from fathom.errors import MissingExtra
from fathom.nets.audio import whisper
from fathom.runs import transcribe
from fathom.tasks.audio.transcription import LONGEST, parts_of

soundfile = pytest.importorskip("soundfile")
installed = pytest.mark.skipif(not whisper.is_installed(), reason="the packaged weights are not installed")
RATE = 16_000


def noise(seconds):
    return np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def write(path, seconds):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise(seconds), RATE)
    return str(path)


def test_a_long_recording_is_cut_where_it_is_quietest():
    samples = noise(60)
    samples[round(20.5 * RATE) : round(21 * RATE)] *= 0.01
    parts = parts_of(samples)
    assert 20.5 <= parts[0].end <= 21
    assert all(part.end - part.start <= LONGEST for part in parts)
    np.testing.assert_array_equal(np.concatenate([part.samples for part in parts]), samples)
    assert len(parts_of(noise(1))) == 1


@pytest.fixture
def lengths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Instead of what is said, the seconds of each part are written; how many parts were heard together is kept."""
    together: list[int] = []

    def write_lengths(parts):
        together.append(len(parts))
        return [f"{part.end - part.start:.0f}" for part in parts]

    monkeypatch.setattr(transcribe, "transcribe_parts", write_lengths)
    monkeypatch.setattr(transcribe, "packaged_vocabulary", lambda: None)
    return together


def test_each_file_has_its_text_or_a_reason_in_order(tmp_path: Path, lengths: list[int]):
    files = [write(tmp_path / f"{n}.wav", n) for n in (2, 70, 3)]
    (tmp_path / "broken.wav").write_text("no sound")
    given = [files[0], str(tmp_path / "broken.wav"), *files[1:], *[files[0]] * 9]
    done = CliRunner().invoke(app, ["transcribe", *given, "--json"])
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2
    assert [record["input"] for record in records] == given
    assert records[0] == {"input": files[0], "text": "2", "seconds": 2, "parts": [{"start": 0, "end": 2, "text": "2"}]}
    assert "not a recording but a text" in records[1]["error"]
    assert sum(map(int, records[2]["text"].split())) == pytest.approx(70, abs=2)
    assert max(lengths) == transcribe.TOGETHER


def test_what_names_nothing_harms_no_other(tmp_path: Path, lengths: list[int]):
    (tmp_path / "bare").mkdir()
    given = [str(tmp_path / "bare"), write(tmp_path / "a.wav", 2), str(tmp_path / "nowhere.wav")]
    done = CliRunner().invoke(app, ["transcribe", *given])
    assert done.exit_code == 2
    assert done.stdout.splitlines() == [f"{given[1]}  2"]
    first, second = done.stderr.splitlines()
    assert first.startswith(f"fathom: {given[0]} holds no recordings: ")
    assert second.startswith(f"fathom: there is no {given[2]}: ")


def test_a_line_names_the_file_and_folders_are_looked_into(tmp_path: Path, lengths: list[int]):
    write(tmp_path / "in" / "b.wav", 2), write(tmp_path / "in" / "a" / "c.wav", 1)
    done = CliRunner().invoke(app, ["transcribe", str(tmp_path / "in")])
    assert done.exit_code == 0
    assert [line.split("  ") for line in done.stdout.splitlines()] == [
        [str(tmp_path / "in" / "a" / "c.wav"), "1"],
        [str(tmp_path / "in" / "b.wav"), "2"],
    ]


@pytest.mark.parametrize(("given", "told"), [("nothing.wav", "there is no nothing.wav"), (".", "holds no recordings")])
def test_what_names_no_recording_is_refused(
    given: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lengths: list[int]
):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["transcribe", given])
    assert told in str(done.exception)


def test_without_the_package_it_says_which_extra_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fathom.nets.audio.whisper_vocabulary.model_folder", lambda: None)
    transcribe.packaged_vocabulary.cache_clear()
    with pytest.raises(MissingExtra, match="audio"):
        next(transcribe.transcribe([Path(write(tmp_path / "a.wav", 1))]))


@installed
def test_real_speech_is_written_down(real):
    path = real("ljspeech150") / "wavs" / "LJ001-0002.wav"
    (one,) = transcribe.transcribe([path])
    assert normalize_transcript(one.text) == "in being comparatively modern"
