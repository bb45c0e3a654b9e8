"""Tables: each fault is found when planted, and nothing is told where nothing is wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from planted_data import found, healthy, table

from fathom.checking import DataProfile, check
from fathom.data.table.column_roles import IDENTIFIER, is_row_number, judge
from fathom.records import Example, Examples, Source


def findings(tmp_path, columns, **options):
    return found(table(tmp_path / "t.csv", columns), **options)


def test_nothing_is_told_of_a_healthy_table(tmp_path):
    for seed in range(5):
        assert findings(tmp_path, healthy(seed=seed)) == {}


def test_repeated_rows(tmp_path):
    columns = {name: [*values, values[7], values[7], values[9]] for name, values in healthy().items()}
    told = findings(tmp_path, columns)
    assert list(told) == ["repeated_rows"]
    assert told["repeated_rows"].evidence["sets"] == [("row 8", "row 201", "row 202"), ("row 10", "row 203")]
    assert told["repeated_rows"].evidence["count"] == 3


def test_contradictory_rows(tmp_path):
    columns = {name: [*values, values[7]] for name, values in healthy().items()}
    columns["label"][-1] = "no" if columns["label"][7] == "yes" else "yes"
    told = findings(tmp_path, columns)
    assert list(told) == ["contradictory_rows"]
    assert told["contradictory_rows"].evidence["least_error"] == pytest.approx(1 / 201)


def test_rows_across_ready_made_splits(tmp_path):
    columns = healthy(300)
    columns["split"] = ["train"] * 200 + ["test"] * 100
    assert findings(tmp_path, columns) == {}
    for name in ("x", "y", "kind", "label"):
        columns[name][290:] = columns[name][:10]
    told = findings(tmp_path, columns)
    assert told["rows_across_splits"].title.startswith("10 of 100 test rows (10.0 %)")
    assert told["rows_across_splits"].severity == "warning"


def test_rows_that_repeat_by_chance_are_no_leak(tmp_path):
    rng = np.random.default_rng(0)
    columns = {name: rng.choice(["a", "b"], 400).tolist() for name in ("p", "q", "r")}
    columns["label"] = rng.choice(["yes", "no"], 400).tolist()
    columns["split"] = ["train"] * 300 + ["test"] * 100
    told = findings(tmp_path, columns)
    assert "rows_across_splits" not in told
    assert {f.severity for f in told.values()} == {"note"}


def test_columns_that_tell_nothing(tmp_path):
    columns = healthy()
    n = len(columns["x"])
    columns = {
        "same": ["a"] * n,
        "gone": [None if i % 4 else i / 7 for i in range(n)],
        "number": list(range(1000, 1000 + n)),
        "key": [f"k{i * 7919 % 1000:03d}" for i in range(n)],
        **columns,
    }
    told = findings(tmp_path, columns)
    assert set(told) == {"constant_column", "mostly_missing_column", "row_number_column", "identifier_column"}
    assert told["constant_column"].evidence["columns"] == ["same"]
    assert told["mostly_missing_column"].evidence["shares"] == {"gone": 0.75}
    assert told["row_number_column"].evidence["columns"] == ["number"]
    assert told["identifier_column"].evidence["columns"] == ["key"]


def test_what_counts_rows_and_what_names_them():
    rng = np.random.default_rng(0)
    assert is_row_number(rng.permutation(100).tolist())
    assert is_row_number([float(i) for i in range(30)])
    assert not is_row_number([int(v) for v in rng.choice(10**6, 100, replace=False)])  # incomes, all different
    assert not is_row_number([i / 2 for i in range(100)])
    assert not is_row_number([1] * 100)
    assert not is_row_number(list(range(5)))
    assert not is_row_number([float("nan")] * 30)
    x = [i / 7 for i in range(100)]
    assert judge({"name": [f"Smith {i}" for i in range(100)], "x": x}) == {"name": IDENTIFIER}
    assert judge({"name": ["red", "green"] * 50, "x": x}) == {}


@pytest.mark.parametrize("kind", ["copy", "code", "threshold", "missing"])
def test_a_column_that_gives_the_class_away(tmp_path, kind):
    columns = healthy(300)
    yes = [label == "yes" for label in columns["label"]]
    rng = np.random.default_rng(1)
    values = {
        "copy": ["approved" if y else "refused" for y in yes],
        "code": [int(rng.choice([3, 5] if y else [2, 4])) for y in yes],
        "threshold": [float(v) for v in np.round(rng.uniform(0, 1, 300) + np.array(yes) * 1.2, 6)],
        "missing": ["2024" if y else None for y in yes],
    }[kind]
    told = findings(tmp_path, {"leak": values, **columns})
    assert told["leaking_column"].evidence["columns"] == ["leak"]


def test_a_column_that_is_merely_good_does_not_leak(tmp_path):
    columns = healthy(300)
    rng = np.random.default_rng(1)
    flipped = [("yes" if label == "no" else "no") if rng.random() < 0.05 else label for label in columns["label"]]
    assert findings(tmp_path, {"good": flipped, **columns}) == {}


def test_a_column_that_names_each_row_gives_nothing_away_of_others(tmp_path):
    """On the rows themselves it knows every class; so what it knows is asked of other rows."""
    columns = healthy(300)
    named = [f"person {i * 7919 % 997} of {i}" for i in range(300)]
    assert "leaking_column" not in findings(tmp_path, {"name": named, **columns})


def test_a_column_that_gives_a_number_away(tmp_path):
    columns = healthy(300)
    rng = np.random.default_rng(1)
    price = (np.array(columns["x"]) * 10 + rng.normal(size=300) * 3).round(4)
    columns["label"] = price.tolist()
    assert findings(tmp_path, columns) == {}
    told = findings(tmp_path, {"euros": (np.exp(price / 30) * 2).round(6).tolist(), **columns})
    assert told["leaking_column"].evidence["columns"] == ["euros"]


@pytest.mark.parametrize("name", ["wine", "breast-cancer", "iris", "diabetes"])
def test_no_false_alarm_on_practice_tables(name):
    told = found(f"practice:{name}")
    assert set(told) <= {"repeated_rows"}  # iris really has an equal pair
    assert ("repeated_rows" in told) == (name == "iris")


def test_real_tables(real):
    told = found(real("adult") / "adult.csv")
    assert set(told) == {"repeated_rows", "contradictory_rows", "sentinel_numbers"}
    assert told["repeated_rows"].evidence["count"] == 24
    assert told["sentinel_numbers"].evidence["columns"] == ["capital_gain"]  # 99999 where the next is 41310
    told = found(real("rt_polarity") / "reviews.csv")
    assert not {f.severity for f in told.values()} & {"problem", "warning"}


def test_a_task_of_any_kind_gets_what_is_general():
    """Targets that are no classes, inputs that are neither pictures nor rows."""
    items = tuple(Example(f"e{i}", f"text {i}", ["N", "V"], content=f"c{i % 30}") for i in range(40))
    profile = DataProfile(Source("x", None), "tagging", Examples(items, kind="sentences"))
    told = {f.name: f for f in check(profile)}
    assert set(told) == {"exact_duplicates"}
    assert told["exact_duplicates"].evidence["count"] == 10
    json.dumps(told["exact_duplicates"].evidence)


def test_numbers_that_cannot_be_right(tmp_path):
    columns = healthy(400)
    columns["height"] = np.random.default_rng(1).normal(170, 8, 400).round(1).tolist()
    assert findings(tmp_path, columns) == {}
    for row in (3, 7, 50):
        columns["height"][row] *= 100
    told = findings(tmp_path, columns)
    assert list(told) == ["impossible_numbers"]
    assert told["impossible_numbers"].evidence["examples"] == ["row 4", "row 8", "row 51"]
    assert "3 of height (about 100 times too large" in told["impossible_numbers"].title


def test_a_target_that_is_cut_off(tmp_path):
    columns = healthy(400)
    prices = np.exp(12 + 0.4 * np.array(columns["x"]) + np.random.default_rng(1).normal(size=400)).round()
    columns["label"] = prices.tolist()
    assert findings(tmp_path, columns) == {}
    columns["label"] = prices.clip(max=250_000).tolist()
    told = findings(tmp_path, columns)
    assert list(told) == ["capped_target"]
    assert told["capped_target"].evidence["count"] == int((prices >= 250_000).sum())


def test_a_target_that_stands_for_nothing_is_a_warning(tmp_path):
    columns = healthy(400)
    prices = np.exp(2 + 0.4 * np.array(columns["x"]) + np.random.default_rng(1).normal(size=400)).round(2)
    columns["label"] = np.where(np.arange(400) % 40 == 7, -999, prices).tolist()
    told = findings(tmp_path, columns)
    assert list(told) == ["sentinel_target"]
    assert told["sentinel_target"].severity == "warning"
    assert told["sentinel_target"].evidence["count"] == 10


def test_marks_odd_cells_and_units_are_named(tmp_path):
    columns = healthy(400)
    columns["x"] = ["None" if i % 40 == 7 else v for i, v in enumerate(columns["x"])]
    columns["y"][5] = "about 2"
    columns["long"] = [f"{i % 7} m" if i % 2 else f"{i % 9 + 1}00 cm" for i in range(400)]
    told = findings(tmp_path, columns)
    assert set(told) == {"missing_marks", "odd_cells", "mixed_writing"}
    assert told["missing_marks"].title == "words read as missing values: x (None 10)"
    assert told["odd_cells"].evidence["examples"] == ["row 6"]
    assert told["mixed_writing"].title == "long is written in several formats: cm 200, m 200; it was read as words"


def test_categories_that_may_be_one_are_told(tmp_path):
    n = 120
    columns = {
        "city": [("New York", "new-york", "Rome")[i % 3] for i in range(n)],
        "kind": ["5" if i % 2 else "V" for i in range(n)],
        "name": [f"{'Ab'[i % 2]}{i}" for i in range(n)],
        "sold": ["yes" if i % 5 else "no" for i in range(n)],
    }
    told = findings(tmp_path, columns)["values_spelt_alike"]
    assert told.evidence["values"] == {"city": [["New York", "new-york"]]}
    plain = {**columns, "city": [city.casefold().replace("-", " ") for city in columns["city"]]}
    assert "values_spelt_alike" not in findings(tmp_path, plain)
