"""The rule of splits is a fact: old files find theirs, and no wording of the sentence decides anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from fathom.checking import distribution_shift
from fathom.checking.data_profile import DataProfile
from fathom.data.splits import split
from fathom.data.splits.old_rules import from_sentence
from fathom.data.splits.split_rules import HELD_OUT, apply_split_by
from fathom.records import Example, Examples, Finding, Source, Splits
from fathom.split_kinds import SplitKind, SplitRule, Strata


def by_two(i: int) -> object:
    return f"c{i // 3 % 2}"


def several(i: int) -> object:
    return ("a|b", "b", "c|b")[i % 3]


def some(splits: Sequence[str | None], target: Callable[[int], object] = by_two, timed: bool = False) -> Examples:
    items = []
    for i, name in enumerate(splits):
        items.append(Example(f"e{i}", {"x": i}, target(i), split=name, time=float(i) if timed else None))
    return Examples(tuple(items), kind="rows")


def mixed(*given: str | None) -> list[str | None]:
    return list(islice(cycle(given), 240))


CASES: dict[str, tuple[Examples, bool, str]] = {
    "class": (some(mixed(None)), False, "stratified, seed 7"),
    "no dev": (some(mixed(None)), True, "stratified, seed 7, no dev"),
    "number": (some(mixed(None), lambda i: i * 0.37), False, "stratified by ranges, seed 7"),
    "labels": (
        some(mixed(None), lambda i: ("a|b", "b", "c|b")[i % 3]),
        False,
        "stratified by the rarest label, seed 7",
    ),
    "one class": (some(mixed(None), lambda i: "c"), False, "random, seed 7"),
    "time": (some(mixed(None), timed=True), False, "the newest held out"),
    "source": (some(mixed("train", HELD_OUT)), False, "the held-out source is dev and test, seed 7"),
    "all ready": (some(mixed("train", "dev", "test")), False, "ready-made train and dev and test, the rest is train"),
    "ready, no dev": (some(mixed("train", "test")), True, "ready-made train and test, the rest is train, no dev"),
    "test ready": (some(mixed(None, "test")), False, "ready-made test; dev held out, stratified, seed 7"),
    "rest": (some(mixed(None, "dev", "test")), False, "ready-made dev and test, the rest is train"),
    "carved": (some(mixed("train")), False, "dev and test from train, stratified, seed 7"),
    "carved beside": (some(mixed("train", "test")), False, "ready-made test; dev from train, stratified, seed 7"),
    "train ready": (some(mixed("train", None)), False, "ready-made train; dev and test held out, stratified, seed 7"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_sentence_is_as_ever_and_old_files_find_their_rule(name: str, tmp_path: Path) -> None:
    examples, no_dev, sentence = CASES[name]
    made = split.make_splits(examples, 7, no_dev)
    assert made.rule.sentence(made.seed) == sentence
    split.save(made, tmp_path)
    assert split.load(tmp_path) == made
    about = json.loads((tmp_path / "splits.json").read_text())
    assert about.pop("version") == 2
    was = "ready-made train and dev and test, the rest is train" if name == "source" else sentence
    (tmp_path / "splits.json").write_text(json.dumps(about | {"rule": was}))
    old = split.load(tmp_path)
    assert old == made or made.rule.kind is SplitKind.BY_SOURCE
    assert (old.of, old.rule.dev_may_differ) == (made.of, made.rule.dev_may_differ)


def test_a_sentence_of_a_person_places_nobody() -> None:
    assert from_sentence("as Anna has dealt them", {"train", "dev"}).kind is SplitKind.EXPLICIT


@pytest.mark.parametrize("name", CASES)
def test_whether_dev_may_differ(name: str) -> None:
    examples, no_dev, _ = CASES[name]
    rule = split.make_splits(examples, 7, no_dev).rule
    assert rule.dev_may_differ == (name in ("time", "source", "all ready", "ready, no dev", "rest"))
    assert rule.held_out_may_differ == (rule.dev_may_differ or name in ("test ready", "carved beside", "train ready"))


@pytest.mark.parametrize("name", CASES)
def test_another_wording_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    examples, no_dev, _ = CASES[name]
    more = replace(examples, items=(*examples.items, *(replace(e, id=f"new {e.id}") for e in examples.items)))

    def found() -> tuple[Splits, Splits, list[Finding]]:
        made = split.make_splits(examples, 7, no_dev)
        split.save(made, tmp_path)
        profile = DataProfile(Source("t.csv", tmp_path / "t.csv"), "tabular", examples, splits=made)
        return made, split.extend(split.load(tmp_path), more), distribution_shift.check(profile)

    before = found()
    for words in ("stratified by ranges", "ready-made", "the newest of the held-out source, from train, no dev", ""):
        monkeypatch.setattr(SplitRule, "sentence", lambda *_, words=words: words)
        assert found() == before


def test_newcomers_of_a_held_out_source_find_their_range() -> None:
    items = tuple(
        Example(f"e{i}", {"x": i}, i * 0.37, source="phone" if i % 2 else "web", content=str(i)) for i in range(400)
    )
    examples = apply_split_by(Examples(items), Source("t.csv", Path("t.csv"), split_by="source=phone"))
    made = split.make_splits(examples, 7)
    assert (made.rule.kind, made.rule.strata) == (SplitKind.BY_SOURCE, Strata.RANGE)
    gone = set(list(made.of)[::5])
    fewer = replace(made, of={name: s for name, s in made.of.items() if name not in gone})
    assert split.extend(fewer, examples).of == made.of
