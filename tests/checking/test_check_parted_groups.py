"""Rows of one patient in several splits: told where the target is one of the patient's, and nowhere by chance."""

from __future__ import annotations

import numpy as np
import pytest
from planted_data import found, healthy, table

KINDS = ("same_target_in_groups", "persons_in_several_splits")


def told(tmp_path, columns, **options):
    return [name for name in found(table(tmp_path / "t.csv", columns), **options) if name in KINDS]


def visits(name: str = "patient_id", persons: int = 60, each: int = 3, seed: int = 0) -> dict[str, list]:
    rng = np.random.default_rng(seed)
    n = persons * each
    return {
        name: [f"p{i // each}" for i in range(n)],
        "visit": [i % each for i in range(n)],
        "value": rng.normal(0, 1, n).tolist(),
        "outcome": np.repeat(rng.choice(["well", "ill"], persons), each).tolist(),
    }


@pytest.mark.parametrize("name", ["speaker", "Animal", "house"])
def test_a_target_of_the_person_is_told(tmp_path, name):
    assert told(tmp_path, visits(name)) == ["same_target_in_groups"]
    assert told(tmp_path, visits(name), group=name) == []


@pytest.mark.parametrize("name", ["patient_id", "Subject"])
def test_persons_who_stay_together_are_not_told(tmp_path, name):
    assert told(tmp_path, visits(name)) == []


def test_a_quantity_of_the_person_is_told(tmp_path):
    columns = visits("house")
    columns["outcome"] = np.repeat(np.random.default_rng(1).normal(50, 9, 60), 3).tolist()
    assert told(tmp_path, columns) == ["same_target_in_groups"]


def test_numbers_of_persons_are_told_and_other_numbers_not(tmp_path):
    columns = {"animal#": [int(v[1:]) for v in visits()["patient_id"]], **visits()}
    del columns["patient_id"]
    assert told(tmp_path, columns) == ["same_target_in_groups"]
    columns["size"] = columns.pop("animal#")
    columns["outcome"] = columns.pop("outcome")  # the last again
    assert told(tmp_path, columns) == []


def test_persons_whose_target_differs_are_a_note(tmp_path):
    columns = visits("speaker")
    columns["outcome"] = np.random.default_rng(1).choice(["well", "ill"], 180).tolist()
    assert told(tmp_path, columns) == ["persons_in_several_splits"]
    columns["street"] = columns.pop("speaker")
    columns["outcome"] = columns.pop("outcome")
    assert told(tmp_path, columns) == []


def test_agreement_by_chance_is_not_told(tmp_path):
    columns = visits("house", persons=12, each=3)
    columns["outcome"] = ["well"] * 34 + ["ill"] * 2
    columns["house"][33] = "p0"
    assert told(tmp_path, columns) == []
    for seed in range(3):
        assert told(tmp_path, healthy(seed=seed)) == []


def test_copies_are_no_group(tmp_path):
    columns = visits("house")
    columns["visit"] = [0] * 180
    columns["value"] = np.repeat(np.random.default_rng(2).normal(0, 1, 60), 3).tolist()
    assert told(tmp_path, columns) == []


def test_ready_made_splits_that_part_no_one(tmp_path):
    columns = visits()
    columns["split"] = ["train"] * 90 + ["dev"] * 45 + ["test"] * 45
    assert told(tmp_path, columns) == []
