"""Which column is predicted where nobody says it, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fathom.data import repairs
from fathom.data.table.target_column import find_target


def target_of(*columns: str) -> tuple[str, list[str]]:
    frame = pl.DataFrame({name: ["a", "b"] for name in columns})
    with repairs.collected() as told:
        return find_target(frame, None, Path("t.csv")), told


@pytest.mark.parametrize(
    ("columns", "found", "others"),
    [
        (("a", "target", "label"), "target", "label"),
        (("Label", "a", "y", "b"), "Label", "y"),
        (("class", "survived", "a"), "class", "survived"),  # seaborn's titanic, of which survived is meant
        (("category", "quality", "price", "a"), "quality", "category, price"),
    ],
)
def test_of_several_telling_names_the_choice_is_told(columns, found, others):
    target, told = target_of(*columns)
    assert target == found
    said = f"t.csv: the column {found!r} is predicted, going by its name; another may be meant ({others})"
    assert told == [f"{said}: say which with --target"]


@pytest.mark.parametrize(
    "columns", [("a", "label"), ("label", "a"), ("a", "b"), ("labelled", "a", "y"), ("x", "y", "label")]
)
def test_one_telling_name_is_no_matter(columns):
    _, told = target_of(*columns)
    assert told == []


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        (("id", "airline_sentiment", "size", "zone"), "airline_sentiment"),
        (("id", "hate_label", "size", "zone"), "hate_label"),
        (("id", "true label", "size", "zone"), "true label"),
        (("id", "a_label", "b_label", "zone"), "zone"),
        (("id", "unit_price", "size", "zone"), "zone"),
        (("id", "sentimental", "size", "zone"), "zone"),
        (("id", "airline_sentiment", "size", "label"), "label"),
    ],
)
def test_the_end_of_a_name_may_tell_the_target(tmp_path, columns, target):
    rows = [(i, "ab"[i % 2], "cd"[i // 2 % 2], i % 3) for i in range(60)]
    frame = pl.DataFrame(rows, schema=list(columns), orient="row")
    assert find_target(frame, None, tmp_path / "t.csv") == target
