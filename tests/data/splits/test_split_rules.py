"""Rules by which examples find their split, and the train-dev split that some of them call for."""

from __future__ import annotations

import csv
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fathom.data.splits.split import extend, load, make_splits, save
from fathom.data.splits.split_rules import apply_split_by, dev_differs_by_design
from fathom.data.splits.times import parse_time
from fathom.errors import UserError
from fathom.records import Example, Examples, Source
from fathom.split_kinds import Strata


def rows(n: int, start: int = 0) -> Examples:
    rng = np.random.default_rng(start)
    items = []
    for i in range(start, start + n):
        day = f"2024-{1 + i % 12:02d}-{1 + i // 12 % 28:02d}"
        given = {"x": float(rng.normal()), "day": day, "from": "web" if i % 3 else "phone"}
        items.append(Example(f"row {i}", given, "ab"[i % 2], content=f"{start}-{i}"))
    return Examples(tuple(items))


def source(**given: object) -> Source:
    return Source("t.csv", Path("t.csv"), **given)  # type: ignore[arg-type]


def test_the_newest_are_for_test_and_time_is_no_input() -> None:
    asked = source(split_by="time=day")
    examples = apply_split_by(rows(240), asked)
    splits = make_splits(examples)
    when = {e.id: e.time for e in examples.items}
    by = {name: [when[i] for i in splits.ids(name)] for name in ("train", "dev", "test")}
    assert max(by["train"]) < min(by["dev"]) <= max(by["dev"]) < min(by["test"])
    assert 30 <= len(by["test"]) <= 60
    assert all("day" not in e.input for e in examples.items)
    later = apply_split_by(rows(240 + 24), asked)
    after = extend(splits, later)
    assert all(after.of[name] == split for name, split in splits.of.items())
    assert {after.of[e.id] for e in later.items[240:] if e.time > max(by["test"])} <= {"test"}


def test_of_times_that_all_differ_as_many_are_the_newest_as_are_wanted() -> None:
    items = tuple(Example(f"row {i}", {"x": i}, "ab"[i % 2], content=str(i), time=float(i)) for i in range(100))
    splits = make_splits(Examples(items))
    assert set(splits.ids("test")) == {f"row {i}" for i in range(80, 100)}
    assert set(splits.ids("dev")) == {f"row {i}" for i in range(60, 80)}
    assert set(splits.ids("train")) == {f"row {i}" for i in range(60)}


def test_train_dev_is_of_the_groups_of_train() -> None:
    """Or it would be of other speakers than train, as dev is, and could not tell what is new from what is different."""
    items = tuple(Example(f"{i}", i, "ab"[i % 2], group=f"speaker {i % 10}", content=str(i)) for i in range(1000))
    splits = make_splits(Examples(items), train_dev=True)
    group_of = {e.id: e.group for e in items}
    groups = {name: {group_of[i] for i in splits.ids(name)} for name in splits.names()}
    assert groups["train-dev"] == groups["train"]
    assert not groups["train"] & groups["dev"]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set there")
def test_a_time_without_a_zone_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for zone in ("America/New_York", "Asia/Tokyo"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert parse_time("2024-01-01T00:00:00") == parse_time("2024-01-01") == 1704067200.0
    monkeypatch.undo()
    time.tzset()


def test_dev_and_test_come_from_the_named_source_and_newcomers_too(tmp_path: Path) -> None:
    asked = source(source="from", split_by="source=phone")
    examples = apply_split_by(rows(900), asked)
    assert dev_differs_by_design(asked, examples.items)
    splits = make_splits(examples, train_dev=True)
    of = {e.id: e.source for e in examples.items}
    for split, origin in (("train", "web"), ("train-dev", "web"), ("dev", "phone"), ("test", "phone")):
        assert {of[i] for i in splits.ids(split)} == {origin}
    assert abs(len(splits.ids("dev")) - len(splits.ids("test"))) <= 2
    assert 30 <= len(splits.ids("train-dev")) <= 90
    save(splits, tmp_path)
    more = apply_split_by(rows(1200), asked)
    after = extend(load(tmp_path), more)
    assert all(after.of[name] == split for name, split in splits.of.items())
    new = [e for e in more.items if e.id not in splits.of]
    assert {after.of[e.id] for e in new if e.source == "phone"} == {"dev", "test"}
    assert {after.of[e.id] for e in new if e.source == "web"} == {"train", "train-dev"}


def test_a_column_says_the_split() -> None:
    items = tuple(
        replace(e, metadata={"fold": ("train", "val", "testing")[i % 3]}) for i, e in enumerate(rows(60).items)
    )
    examples = apply_split_by(Examples(items), source(split_by="column=fold"))
    assert [e.split for e in examples.items[:3]] == ["train", "dev", "test"]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("by=x", "is no rule"),
        ("time=", "is no rule"),
        ("time=x2", "has no time"),
        ("column=x2", "no example has a value"),
        ("time=from", "no time in the column"),
        ("column=from", "write train, dev or test"),
        ("source=moon", "there is no source"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_said(rule: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        apply_split_by(rows(30), source(split_by=rule, source="from" if rule.startswith("source") else None))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("2023-05-06", "2023-05-07"), ("31.12.2022", "1.1.2023"), ("2023-05-06T10:00:00", "2023-05-06 11:00"), (3, "4.5")],
)
def test_times_are_compared_as_times(earlier: object, later: object) -> None:
    first, second = parse_time(earlier), parse_time(later)
    assert first is not None
    assert second is not None
    assert first < second


def test_speakers_who_say_all_words_call_for_train_dev_and_persons_to_be_told_apart_do_not() -> None:
    said = tuple(Example(f"{i}", i, str(i % 10), group=f"speaker {i % 6}", content=str(i)) for i in range(600))
    assert dev_differs_by_design(source(group="speaker"), said)
    splits = make_splits(Examples(said), train_dev=True)
    group = {e.id: e.group for e in said}
    assert {group[i] for i in splits.ids("train-dev")} <= {group[i] for i in splits.ids("train")}
    assert not {group[i] for i in splits.ids("dev")} & {group[i] for i in splits.ids("train")}
    persons = tuple(Example(f"{i}", i, str(i % 6), group=str(i % 6)) for i in range(600))
    assert not dev_differs_by_design(source(), persons)
    assert not dev_differs_by_design(source(), rows(50).items)


def test_each_split_gets_some_of_the_rare_labels() -> None:
    rng = np.random.default_rng(0)
    items = []
    for i in range(400):
        labels = [name for name, p in (("sun", 0.6), ("sea", 0.4), ("boat", 0.06)) if rng.random() < p] or ["none"]
        items.append(Example(f"{i}", i, "|".join(labels), content=str(i)))
    splits = make_splits(Examples(tuple(items)))
    assert splits.rule.strata is Strata.RAREST_LABEL
    with_boat = {e.id for e in items if "boat" in e.target}
    shares = [len(with_boat & set(splits.ids(s))) / len(splits.ids(s)) for s in ("train", "dev", "test")]
    assert max(shares) - min(shares) < 0.02
    kept = {e.id: e for e in items}
    after = extend(splits, Examples((*items, Example("new", 0, "boat|sun", content="new"))))
    assert all(after.of[i] == splits.of[i] for i in kept)


def test_folders_of_dev_and_test_are_sources_of_their_names(tmp_path: Path) -> None:
    for name, n in (("web", 400), ("phone", 60), ("phone2", 60)):
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["a", "b", "label"])
            rng = np.random.default_rng(len(name) + n)
            writer.writerows([[f"{rng.normal():.5f}", f"{rng.normal():.5f}", "yn"[i % 2]] for i in range(n)])
    from fathom.data.source import resolve
    from fathom.data.table.tables import read_rows

    asked = resolve(str(tmp_path / "web.csv"), dev=tmp_path / "phone.csv", test=tmp_path / "phone2.csv")
    examples = apply_split_by(read_rows(asked), asked)
    splits = make_splits(examples, train_dev=dev_differs_by_design(asked, examples.items))
    of = {e.id: e.source for e in examples.items}
    assert {s: {of[i] for i in splits.ids(s)} for s in splits.names()} == {
        "train": {"web.csv"}, "train-dev": {"web.csv"}, "dev": {"phone.csv"}, "test": {"phone2.csv"},
    }  # fmt: skip
