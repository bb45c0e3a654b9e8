"""Copies of texts, recordings and rows; groups and time on the wrong side; dev of another kind than train."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fathom
from fathom.checking import near_duplicate_records
from fathom.records import Example


def quiet(n: int) -> None:
    """Nobody listens."""


TEXTS = [
    "The quick brown fox jumps over the lazy dog near the river bank.",
    "An entirely different sentence about the weather in the mountains.",
    "A third one, which tells of ships, sails and the sea at night.",
]


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        str.title,
        lambda t: t.replace(" ", "   "),
        lambda t: t.rstrip(".") + " !",
        lambda t: t.replace("r", "rr", 1),
    ],
)
def test_a_text_in_another_case_or_with_a_slip_is_a_copy(change: object) -> None:
    items = [Example(str(i), t, "a", content=str(i)) for i, t in enumerate(TEXTS)]
    copy = Example("copy", change(TEXTS[0]), "a", content="c")  # type: ignore[operator]
    assert near_duplicate_records.texts(items, quiet) == []
    assert set(near_duplicate_records.texts([*items, copy], quiet)) == {("0", "copy")}


def test_short_texts_and_rows_of_whole_numbers_are_alike_by_chance() -> None:
    names = [Example(str(i), n, "a", content=str(i)) for i, n in enumerate(["Anna", "Annie", "Ann", "Hanna"])]
    assert near_duplicate_records.texts(names, quiet) == []
    rows = [Example(str(i), {"age": 30, "town": "x"}, "a", content=str(i)) for i in range(3)]
    assert near_duplicate_records.rows(rows, quiet) == []
    measured = [
        Example(str(i), {"a": 1.23456 + i * 1e-9, "b": 0.5551, "t": "X "[:1]}, "a", content=str(i)) for i in (0, 1)
    ]
    assert near_duplicate_records.rows(measured, quiet) == [("0", "1")]


def test_a_recording_at_another_rate_and_volume_is_a_copy(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    soxr = pytest.importorskip("soxr")
    rng = np.random.default_rng(0)
    items = []
    for i in range(12):
        t = np.arange(8000) / 8000
        pitch = rng.uniform(90, 250) * (1 + 0.2 * np.sin(2 * np.pi * rng.uniform(1, 4) * t))
        voice = sum(np.sin(2 * np.pi * np.cumsum(pitch) * k / 8000) * rng.uniform(0, 1) / k for k in range(1, 9))
        wave = (0.2 * voice * np.interp(t, np.linspace(0, 1, 6), rng.uniform(0.1, 1, 6))).astype(np.float32)
        soundfile.write(tmp_path / f"{i}.wav", wave, 8000)
        items.append(Example(str(i), tmp_path / f"{i}.wav", "a", content=str(i)))
    wave, _ = soundfile.read(tmp_path / "3.wav", dtype="float32")
    soundfile.write(tmp_path / "copy.flac", 0.4 * soxr.resample(wave, 8000, 22050), 22050)
    copy = replace(items[3], id="copy", input=tmp_path / "copy.flac", content="c")
    assert near_duplicate_records.recordings(items, quiet) == ([], {})
    assert near_duplicate_records.recordings([*items, copy], quiet) == ([("3", "copy")], {})


def write(path: Path, rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_groups_on_both_sides_and_time_running_backwards_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    head = ["patient", "day", "x", "y", "split", "label"]
    rows = [
        [f"p{i % 30}", f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}", f"{rng.normal():.4f}", f"{rng.normal():.4f}",
         "train" if i % 4 else "test", "ab"[i % 2]]
        for i in range(240)
    ]  # fmt: skip
    names = {f.name: f for f in fathom.check(write(tmp_path / "visits.csv", [head, *rows]), group="patient")}
    assert names["groups_across_splits"].severity == "problem"
    assert "day" in names["time_runs_backwards"].title
    alone = {f.name for f in fathom.check(write(tmp_path / "x.csv", [r[2:4] + r[5:] for r in [head, *rows]]))}
    assert not alone & {"groups_across_splits", "time_runs_backwards", "of_another_kind"}


def test_a_dev_table_of_another_kind_is_told_before_any_training(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)

    def table(name: str, n: int, moved: float) -> Path:
        rows = [[f"{rng.normal(moved):.4f}", f"{rng.normal():.4f}", "ab"[i % 2]] for i in range(n)]
        return write(tmp_path / name, [["size", "colour", "label"], *rows])

    train = table("train_.csv", 400, 0.0)
    (told,) = [
        f for f in fathom.check(train, dev=table("moved.csv", 150, 1.2), test=table("same.csv", 150, 0.0))
        if f.name == "of_another_kind"
    ]  # fmt: skip
    assert told.evidence["split"] == "dev"
    assert told.evidence["features"][0]["name"] == "size"
