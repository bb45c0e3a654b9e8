"""Recordings that hold no sound though their headers are fine: check says so, as a training that leaves them out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from planted_data import found

from fathom.checking import near_duplicate_records
from fathom.errors import UserError

soundfile = pytest.importorskip("soundfile")
RATE = 8000


def recordings(folder: Path, more: dict[str, np.ndarray], n: int = 10) -> Path:
    rng = np.random.default_rng(0)
    for i in range(2 * n):
        place = folder / ("yes", "no")[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / f"{i}.wav", rng.normal(size=2000) * 0.1, RATE)
    for name, samples in more.items():
        soundfile.write(folder / "yes" / f"{name}.wav", samples, RATE, subtype="FLOAT")
    return folder


def test_recordings_without_sound_are_told_and_left_out(tmp_path):
    rng = np.random.default_rng(1)
    some = rng.normal(size=2000) * 0.1
    some[100:200] = np.nan
    endless = np.where(np.isnan(some), np.inf, some)
    more = {
        "all-nan": np.full(2000, np.nan), "some-nan": some, "endless": endless,
        "zero": np.zeros(2000), "constant": np.full(2000, 0.5),
    }  # fmt: skip
    told = found(recordings(tmp_path / "words", more))["left_out"]
    assert told.title.startswith("5 of 25 recordings are left out")
    reasons = dict(zip(told.evidence["examples"], told.evidence["details"]))
    for name in ("all-nan", "some-nan", "endless"):
        assert reasons[f"yes/{name}.wav"] == "damaged (samples that are no numbers)"
    assert reasons["yes/zero.wav"] == "silent"
    assert reasons["yes/constant.wav"] == "silent (the same value throughout)"


def test_a_long_recording_is_heard_too(tmp_path):
    rng = np.random.default_rng(2)
    long, damaged, silent = (rng.normal(size=35 * RATE) * 0.1 for _ in range(3))
    damaged[-100:], silent[:] = np.nan, 0
    told = found(recordings(tmp_path / "words", {"long": long, "damaged": damaged, "silent": silent}))["left_out"]
    reasons = dict(zip(told.evidence["examples"], told.evidence["details"]))
    assert reasons == {"yes/damaged.wav": "damaged (samples that are no numbers)", "yes/silent.wav": "silent"}


def test_one_that_is_too_long_to_be_compared_is_not_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(near_duplicate_records, "MAX_SECONDS", 1.0)
    long = np.random.default_rng(2).normal(size=2 * RATE) * 0.1
    assert "left_out" not in found(recordings(tmp_path / "words", {"long": long}))


def test_where_nothing_can_be_heard_the_first_is_named(tmp_path):
    folder = recordings(tmp_path / "words", {})
    for path in folder.rglob("*.wav"):
        soundfile.write(path, np.zeros(2000), RATE)
    with pytest.raises(UserError, match=r"none of the 20 recordings can be used: the first, .*\.wav: silent"):
        found(folder)
