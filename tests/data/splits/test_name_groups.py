"""Versions of one thing, told by their names, never part; files that share a name by chance do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from fathom.data.audio import recordings
from fathom.data.music import piano_roll
from fathom.data.music.midi import write_midi
from fathom.data.source import resolve
from fathom.data.splits import split
from fathom.data.splits.name_groups import keep_versions_together
from fathom.records import Example, Examples

NAMES = [f"{word}-{i}" for i in range(4) for word in ("waltz", "jig", "reel")]


def groups(ids: list[str], targets: list[str] | None = None) -> list[set[str]]:
    items = tuple(Example(name, name, target) for name, target in zip(ids, targets or [""] * len(ids), strict=True))
    found: dict[str, set[str]] = {}
    for e in keep_versions_together(Examples(items), None).items:
        if e.group is not None:
            found.setdefault(e.group, set()).add(e.id)
    return list(found.values())


@pytest.mark.parametrize(
    ("pattern", "targets"),
    [
        (("full/{}.mid", "chords/{}.mid", "melody/{}.mid"), False),
        (("{}.mid", "{}_chords.mid", "{}_melody.mid"), False),
        (("{}.wav", "{}_noisy.wav"), True),
        (("{}.wav", "{}.mp3"), True),
        (("clean/{}.wav", "noisy/{}.wav"), True),
    ],
)
def test_versions_of_a_name_are_a_group(pattern, targets):
    ids = [one.format(name) for name in NAMES for one in pattern]
    classes = [name.partition("-")[0] for name in NAMES for _ in pattern] if targets else None
    assert sorted(map(sorted, groups(ids, classes))) == sorted(sorted(p.format(n) for p in pattern) for n in NAMES)


@pytest.mark.parametrize(
    ("ids", "targets"),
    [
        ([f"{w}/{i:03}.wav" for w in ("low", "high") for i in range(9)], ["low"] * 9 + ["high"] * 9),
        ([f"{w}/s{i}a_nohash_0.wav" for w in ("yes", "no") for i in range(9)], ["yes"] * 9 + ["no"] * 9),
        ([f"{d}_{who}_{i}.wav" for d in "01" for who in ("ann", "joe") for i in range(5)], ["0"] * 10 + ["1"] * 10),
        ([f"room{i}_{when}.wav" for i in range(2) for when in ("day", "night", "rain")], ["0"] * 3 + ["1"] * 3),
        ([f"{who}/{i}.mid" for who in ("bach", "mozart") for i in range(9)], None),
        ([f"a/{n}.mid" for n in NAMES] + [f"b/{n}.mid" for n in NAMES[:2]], None),
    ],
    ids=["numbers in classes", "speakers", "telling names", "few", "numbers without content", "hardly any"],
)
def test_names_that_are_shared_by_chance_are_not(ids, targets):
    assert groups(ids, targets) == []


def tunes(folder: Path, *, parts: bool) -> Path:
    """Ten tunes by number, in full and as a melody; or two folders of different tunes."""
    rng = np.random.default_rng(0)
    for i in range(10):
        roll = np.zeros((16, 88), np.uint8)
        roll[np.arange(16), rng.integers(30, 60, 16)] = 1
        whole = roll.copy()
        whole[np.arange(16), rng.integers(10, 28, 16)] = 1
        other = np.zeros_like(roll)
        other[np.arange(16), rng.integers(30, 60, 16)] = 1
        for name, one in (("full", whole), ("melody", roll if parts else other)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            write_midi(folder / name / f"{i:03}.mid", one)
    return folder


def test_the_parts_of_a_tune_fall_on_one_side_of_the_split_and_it_is_said(tmp_path):
    pytest.importorskip("symusic")
    place = tunes(tmp_path / "a", parts=True)
    splits = split.make_splits(piano_roll.read_music(resolve(str(place))))
    for i in range(10):
        assert splits.of[f"full/{i:03}.mid"] == splits.of[f"melody/{i:03}.mid"]
    assert "versions of one name kept together" in splits.rule.sentence(0)
    split.save(splits, tmp_path)
    assert split.load(tmp_path).rule == splits.rule
    parted = split.make_splits(piano_roll.read_music(resolve(str(place), group="none")))
    assert any(parted.of[f"full/{i:03}.mid"] != parted.of[f"melody/{i:03}.mid"] for i in range(10))
    assert "together" not in parted.rule.sentence(0)
    others = piano_roll.read_music(resolve(str(tunes(tmp_path / "b", parts=False))))
    assert {e.group for e in others.items} == {None}


def test_a_clip_and_its_noisy_version_stay_together(tmp_path):
    rng = np.random.default_rng(0)
    for word in ("yes", "no"):
        (tmp_path / word).mkdir()
        for i in range(6):
            for ending in ("", "_noisy"):
                soundfile.write(tmp_path / word / f"ann-{i}{ending}.wav", rng.normal(0, 0.1, 1000), 8000)
    read = recordings.read_words(resolve(str(tmp_path)))
    assert read.together
    by_id = {e.id: e.group for e in read.items}
    assert by_id["yes/ann-1.wav"] == by_id["yes/ann-1_noisy.wav"] != by_id["no/ann-1.wav"]
    assert {e.group for e in recordings.read_words(resolve(str(tmp_path), group="none")).items} == {None}
