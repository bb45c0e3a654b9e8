"""Whole numbers as a target: quantities and numbered classes are told apart, and how they were understood is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fathom
from fathom import tasks
from fathom.data.source import resolve
from fathom.data.table.tables import target_kind
from fathom.progress import Watcher
from fathom.records import Settings
from fathom.runs import check

CHANCE = np.random.default_rng(0)
QUANTITIES = {
    "ages of grown-ups": CHANCE.integers(18, 81, 2400),
    "years": CHANCE.integers(1980, 2021, 3000),
    "temperatures": CHANCE.normal(10, 8, 4000).round(),
    "counts": CHANCE.poisson(40, 500),
    "prices": CHANCE.integers(50, 400, 500) * 1000,
    "waiting times": CHANCE.exponential(20, 900).round(),
}
CLASSES = {
    "shops by number": np.resize((np.arange(30) * 7919) % 1000 + 100, 450),
    "a hundred classes": np.resize(np.arange(100), 1000),
    "grades": CHANCE.integers(1, 6, 300),
    "letters": np.resize(np.arange(1, 27), 520),
}


@pytest.mark.parametrize("what", [*QUANTITIES, *CLASSES])
def test_a_quantity_is_told_from_numbered_classes(what: str) -> None:
    values = (QUANTITIES | CLASSES)[what].astype(int).tolist()
    wanted = "regression" if what in QUANTITIES else "classification"
    assert target_kind(values) == wanted
    assert target_kind([str(v) for v in values]) == wanted


class Lines(Watcher):
    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    def summary_line(self, label: str, text: str) -> None:
        self.told[label] = text


def rows(path: Path, values: np.ndarray) -> Path:
    noise = np.random.default_rng(1).normal(size=len(values))
    lines = [f"{v + e:.3f},{v}" for v, e in zip(values.tolist(), noise, strict=True)]
    path.write_text("\n".join(["x,y", *lines, ""]))
    return path


def test_the_reading_is_said_with_the_option_for_the_other(tmp_path: Path) -> None:
    data = rows(tmp_path / "age.csv", QUANTITIES["ages of grown-ups"][:400])
    heard = Lines()
    fathom.train(data, net="logistic", epochs=1, out=tmp_path / "run", watcher=heard)
    assert "target y, its 63 numbers taken for a quantity (--set kind=classification)" in heard.told["data"]
    for kind, classes in (("regression", False), ("classification", True)):
        task = tasks.by_name("table")(Settings(options={"kind": kind}))
        assert task.examples(resolve(str(data))).target_reading == ""
        profile = check.check(str(data), Watcher(), options={"kind": kind}).profile
        assert (profile.classes is not None) is classes


def test_two_numbers_are_classes_without_a_word(tmp_path: Path) -> None:
    data = rows(tmp_path / "t.csv", np.resize([0, 1], 60))
    assert tasks.by_name("table")().examples(resolve(str(data))).target_reading == ""
