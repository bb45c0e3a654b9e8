"""Columns of which exactly one is 1 in each row are classes; labels that may meet, and inputs, are none."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

import fathom
from fathom.data import repairs
from fathom.data.one_hot import one_hot
from fathom.data.source import resolve
from fathom.tasks import recognize

KINDS = ("MEL", "NV", "BCC", "DF")
N = 80


def columns(other: bool = False, names: tuple[str, ...] = KINDS) -> dict[str, list[int]]:
    """One of these is 1 in each row, or none in some."""
    dice = random.Random(0)
    said = [dice.randrange(len(names) + other) for _ in range(N)]
    return {name: [int(one == i) for one in said] for i, name in enumerate(names)}


def pictures(folder: Path, table: dict[str, list]) -> Path:
    rng = np.random.default_rng(0)
    (folder / "d" / "images").mkdir(parents=True)
    for i in range(N):
        picture = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(picture).save(folder / "d" / "images" / f"ISIC_{i}.png")
    pl.DataFrame({"image": [f"ISIC_{i}" for i in range(N)], **table}).write_csv(folder / "d" / "truth.csv")
    return folder / "d"


def texts(folder: Path, table: dict[str, list]) -> Path:
    dice = random.Random(1)
    said = [" ".join(dice.choices(["rain", "river", "film", "window", "city"], k=9)) + f" {i}" for i in range(N)]
    pl.DataFrame({"comment": said, **table}).write_csv(folder / "t.csv")
    return folder / "t.csv"


def plates(folder: Path, table: dict[str, list]) -> Path:
    dice = random.Random(2)
    rows = {"width": [dice.random() for _ in range(N)], "steel": [dice.randint(0, 1) for _ in range(N)]}
    pl.DataFrame({**rows, **table}).write_csv(folder / "t.csv")
    return folder / "t.csv"


def read(place: Path, **said):
    source = resolve(str(place), **said)
    task = recognize(source)[0]
    with repairs.collected() as told:
        return task.name, task().examples(source), "; ".join(told)


@pytest.mark.parametrize(
    ("make", "task"), [(pictures, "image-classification"), (texts, "text-classification"), (plates, "table")]
)
@pytest.mark.parametrize("other", [False, True])
def test_one_of_the_columns_is_the_class(tmp_path, make, task, other):
    table = columns(other)
    name, found, told = read(make(tmp_path, table))
    assert (name, found.target) == (task, "class")
    classes = [next((c for c in KINDS if table[c][i]), "other") for i in range(N)]
    assert [e.target for e in found.items] == classes
    assert "MEL, NV, BCC, DF are the classes of one target: one is 1 in each row" in told
    assert ("none, which is the class other" in told) == other
    assert not any(set(KINDS) & {*(e.input if isinstance(e.input, dict) else ()), *e.metadata} for e in found.items)


@pytest.mark.parametrize("write", [float, bool, lambda one: 2 * one - 1])
def test_yes_and_no_are_written_in_many_ways(tmp_path, write):
    table = {name: list(map(write, cells)) for name, cells in columns().items()}
    assert read(plates(tmp_path, table))[1].target == "class"


def test_a_class_that_never_comes_is_none_of_them(tmp_path):
    name, found, _ = read(
        pictures(tmp_path, {"lesion_id": [f"L{i // 2}" for i in range(N)], **columns(), "UNK": [0] * N})
    )
    assert name == "image-classification"
    assert {e.target for e in found.items} == set(KINDS)
    assert found.items[0].metadata == {"lesion_id": "L0"}


@pytest.mark.parametrize(("make", "task"), [(pictures, "multi-label"), (texts, "multi-label-text")])
def test_where_one_row_has_two_they_are_labels(tmp_path, make, task):
    table = columns()
    table["MEL"][3] = table["NV"][3] = 1
    assert read(make(tmp_path, table))[0] == task


@pytest.mark.parametrize(("make", "task"), [(pictures, "multi-label"), (texts, "multi-label-text")])
def test_rare_labels_that_never_meet_are_labels(tmp_path, make, task):
    table = {name: [int(i % 20 == k) for i in range(N)] for k, name in enumerate(KINDS)}
    assert read(make(tmp_path, table))[0] == task


def test_one_that_is_named_is_learned_alone_and_the_others_are_no_inputs(tmp_path):
    _, found, told = read(plates(tmp_path, columns()), target="NV")
    assert (found.target, set(found.items[0].input)) == ("NV", {"width", "steel"})
    assert "MEL, BCC, DF are left out" in told
    assert read(texts(tmp_path, columns()), target="NV")[0] == "text-classification"
    name, found, _ = read(pictures(tmp_path, columns()), target="NV")
    assert (name, {e.target for e in found.items}) == ("image-classification", {"0", "1"})


@pytest.mark.parametrize("last", ["label", "thickness"])
def test_columns_before_a_target_are_inputs(tmp_path, last):
    _, found, told = read(plates(tmp_path, {**columns(), last: [i % 3 for i in range(N)]}))
    assert found.target == last
    assert set(KINDS) < set(found.items[0].input)
    assert "classes" not in told


def test_few_rows_or_a_hole_tell_nothing():
    assert one_hot(pl.DataFrame(columns())[:9], KINDS) is None
    assert one_hot(pl.DataFrame(columns()), ["MEL"]) is None
    hole = pl.DataFrame(columns()).with_columns(MEL=pl.when(pl.int_range(N) > 3).then("MEL"))
    assert one_hot(hole, KINDS) is None


def test_such_a_table_is_learned_and_asked(tmp_path):
    run = fathom.train(plates(tmp_path, columns()), net="logistic", epochs=1, out=tmp_path / "run")
    assert set(run.predict('{"width": 0.5, "steel": 1}')[0].scores) == set(KINDS)
    run.test()
