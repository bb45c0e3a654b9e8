"""Rows in order of time, at even steps, with a quantity to foretell are split by time; all others as ever."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from fathom.checking import groups_and_time
from fathom.checking.data_profile import DataProfile
from fathom.data.source import resolve
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.data.splits.split import make_splits
from fathom.split_kinds import SplitKind
from fathom.tasks import recognize

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
BEGIN = dt.datetime(2021, 1, 1)


def split(tmp_path, columns, rows, **said):
    (tmp_path / "data.csv").write_text("\n".join(",".join(map(str, row)) for row in (columns, *rows)) + "\n")
    source = resolve(str(tmp_path / "data.csv"), **said)
    task = recognize(source)[0]()
    examples = read_as_asked(task.examples, source)
    return examples, make_splits(examples)


def moments(n, step=DAY, form="%Y-%m-%d"):
    return [(BEGIN + i * step).strftime(form) for i in range(n)]


def months(n):
    return [f"{1949 + i // 12}-{1 + i % 12:02}" for i in range(n)]


def weekdays(n):
    days = (BEGIN + i * DAY for i in range(2 * n))
    return [day.strftime("%m/%d/%Y") for day in days if day.weekday() < 5][:n]


@pytest.mark.parametrize(
    "times",
    [
        moments(200),
        moments(200)[::-1],
        moments(200, HOUR, "%Y-%m-%d %H:%M:%S"),
        moments(200, HOUR / 6, "%d.%m.%Y %H:%M:%S"),
        months(144),
        weekdays(200),
        moments(60, 7 * DAY),
        [day for day in moments(40) for _ in range(5)],
        [day for _ in range(5) for day in moments(40)],
        [day for day in moments(10, DAY) for _ in range(24)] + [day for day in moments(40)[10:] for _ in range(24)],
    ],
    ids=[
        "days",
        "newest first",
        "hours",
        "minutes",
        "months",
        "weekdays",
        "weeks",
        "shops by day",
        "shops",
        "by hours",
    ],
)
def test_a_series_is_split_by_time(tmp_path, times):
    dice = random.Random(1)
    rows = [(time, dice.randint(0, 3), round(dice.gauss(20, 5), 2)) for time in times]
    examples, splits = split(tmp_path, ("when", "open", "sales"), rows)
    assert splits.rule.kind is SplitKind.BY_TIME
    assert "by 'when', being a series in time (--split-by random parts it)" in splits.rule.sentence(0)
    newest = {s: max(e.time for e in examples.items if splits.of[e.id] == s) for s in ("train", "dev", "test")}
    oldest = {s: min(e.time for e in examples.items if splits.of[e.id] == s) for s in ("train", "dev", "test")}
    assert newest["train"] < oldest["dev"]
    assert newest["dev"] < oldest["test"]
    assert "when" in examples.items[0].input


def sold(dice, n):
    """Houses, sold on any day."""
    days = sorted(dice.randrange(400) for _ in range(n))
    return [(BEGIN + day * DAY).strftime("%Y-%m-%d") for day in days]


def shuffled(times):
    return random.Random(3).sample(times, len(times))


@pytest.mark.parametrize(
    ("times", "target"),
    [
        (sold(random.Random(2), 300), "number"),
        (shuffled(moments(200)), "number"),
        (moments(200), "class"),
        (moments(24), "number"),
        (["2021-01-01"] * 100 + ["2021-01-02"] * 100, "number"),
        ([str(1900 + i) for i in range(100)], "number"),
        ([*moments(99), ""], "number"),
    ],
    ids=["sales of houses", "not in order", "classes", "few rows", "few days", "years", "a hole"],
)
def test_what_is_no_series_is_split_at_random(tmp_path, times, target):
    dice = random.Random(4)
    rows = [(t, dice.random(), dice.choice("ab") if target == "class" else round(dice.gauss(20, 5), 2)) for t in times]
    _, splits = split(tmp_path, ("when", "size", "price"), rows)
    assert splits.rule.kind is SplitKind.RANDOM


def test_what_is_asked_counts(tmp_path):
    dice = random.Random(5)
    rows = [(time, i % 7, round(dice.gauss(20, 5), 2)) for i, time in enumerate(moments(200))]
    columns = ("when", "shop", "sales")
    assert split(tmp_path, columns, rows, split_by="random")[1].rule.kind is SplitKind.RANDOM
    assert split(tmp_path, columns, rows, group="shop")[1].rule.kind is SplitKind.RANDOM
    examples, splits = split(tmp_path, columns, rows, split_by="time=when")
    assert splits.rule.sentence(0) == "the newest held out"
    assert "when" not in examples.items[0].input


@pytest.mark.parametrize(
    ("times", "kind"),
    [(moments(200), "series_dealt_at_random"), (sold(random.Random(2), 300), "time_runs_backwards")],
    ids=["a series", "sales of houses"],
)
def test_a_series_of_classes_is_warned_of(tmp_path, times, kind):
    dice = random.Random(6)
    rows = [(time, dice.random(), dice.choice("ab")) for time in times]
    examples, splits = split(tmp_path, ("when", "size", "kind"), rows)
    profile = DataProfile(resolve(str(tmp_path / "data.csv")), "table", examples, splits, columns=("when", "size"))
    assert [one.name for one in groups_and_time.check(profile)] == [kind]
