"""Columns that give the target away only together: a sum of them, and a class that was written as several columns."""

from __future__ import annotations

import numpy as np
import pytest
from planted_data import found, healthy, table


def findings(tmp_path, columns, **options):
    return found(table(tmp_path / "t.csv", columns), **options)


def rides(n: int = 200, seed: int = 0) -> dict[str, list]:
    rng = np.random.default_rng(seed)
    casual, registered = rng.integers(0, 90, n), rng.integers(20, 400, n)
    return {
        "temp": rng.normal(15, 5, n).round(1).tolist(),
        "casual": casual.tolist(),
        "registered": registered.tolist(),
    }


def one_hot(n: int = 200, names=("cat", "dog", "cow"), seed: int = 0) -> dict[str, list]:
    rng = np.random.default_rng(seed)
    which = rng.integers(0, max(1, len(names)), n)
    return {
        "size": rng.normal(0, 1, n).tolist(),
        **{name: (which == k).astype(int).tolist() for k, name in enumerate(names)},
    }


def test_a_target_that_is_a_sum(tmp_path):
    columns = rides()
    columns["count"] = [a + b for a, b in zip(columns["casual"], columns["registered"])]
    told = findings(tmp_path, columns)["target_is_a_sum"]
    assert told.title == "count is casual + registered in every row"
    assert "--set drop=casual,registered" in told.advice


def test_a_difference_of_rounded_prices(tmp_path):
    rng = np.random.default_rng(0)
    earned, cost = rng.uniform(100, 900, 200), rng.uniform(50, 400, 200)
    columns = {
        "staff": rng.integers(1, 40, 200).tolist(),
        "earned": earned.round(2).tolist(),
        "cost": cost.round(2).tolist(),
    }
    columns["profit"] = (earned - cost).round(2).tolist()
    assert findings(tmp_path, columns)["target_is_a_sum"].title == "profit is earned − cost in every row"


@pytest.mark.parametrize("off", [1, 5])
def test_a_target_near_a_sum_is_none(tmp_path, off):
    columns = rides()
    rng = np.random.default_rng(1)
    columns["count"] = [
        a + b + int(rng.integers(-off, off + 1)) for a, b in zip(columns["casual"], columns["registered"])
    ]
    assert "target_is_a_sum" not in findings(tmp_path, columns)


def test_a_class_in_several_columns(tmp_path):
    columns = one_hot()
    cow = columns.pop("cow")
    assert set(findings(tmp_path, one_hot())) == {"repaired"}  # at the end they are read as classes
    told = findings(tmp_path, {"cat": columns["cat"], "dog": columns["dog"], **one_hot(names=()), "cow": cow})
    told = told["one_class_in_columns"]
    assert told.title == "exactly one of cat, dog and cow is 1 in every row, so that the others give cow away"
    assert told.evidence["columns"] == ["cat", "dog"]


def test_columns_that_may_be_true_together_are_no_class(tmp_path):
    columns = one_hot()
    columns["cat"][0] = columns["dog"][0] = columns["cow"][0] = 1
    assert "one_class_in_columns" not in findings(tmp_path, columns)
    columns = one_hot(names=("red", "green", "blue"))  # what a row is like, written so, with a target of its own
    columns["label"] = np.random.default_rng(5).integers(0, 2, 200).tolist()
    assert "one_class_in_columns" not in findings(tmp_path, columns)


def test_nothing_is_told_of_healthy_numbers(tmp_path):
    for seed in range(3):
        assert findings(tmp_path, healthy(seed=seed)) == {}
        columns = rides(seed=seed)
        rng = np.random.default_rng(seed)
        columns["count"] = (
            3.5 * np.array(columns["temp"]) + np.array(columns["casual"]) + rng.normal(0, 9, 200)
        ).tolist()
        assert "target_is_a_sum" not in findings(tmp_path, columns)
