"""Two runs are compared on the same examples, one by one."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from fathom.cli.main import app
from fathom.errors import UserError
from fathom.metrics import ERROR, RMSE
from fathom.runs.compare import paired


def judged(wrong: np.ndarray) -> pl.DataFrame:
    ids = [f"example {i}" for i in range(len(wrong))]
    return pl.DataFrame({"id": ids, "stat_wrong": wrong.astype(float), "stat_count": np.ones(len(wrong))})


def test_a_run_that_makes_fewer_mistakes_has_a_difference_below_zero() -> None:
    first, second = np.arange(200) < 60, np.arange(200) < 20
    found = paired(judged(first), judged(second), ERROR)
    assert found is not None
    assert found.value == pytest.approx(-0.2)
    assert found.high < 0
    same = paired(judged(first), judged(first), ERROR)
    assert same is not None
    assert same.value == same.low == same.high == 0


def test_what_both_get_wrong_makes_the_difference_no_less_sure() -> None:
    """Differences on the same examples have a standard error of their own, whatever the errors themselves have."""
    rng = np.random.default_rng(0)
    first = rng.random(400) < 0.4
    second = np.where(rng.random(400) < 0.05, ~first, first)
    found = paired(judged(first), judged(second).sample(fraction=1.0, shuffle=True, seed=1), ERROR)
    assert found is not None
    apart = second.astype(float) - first
    assert found.value == pytest.approx(apart.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * apart.std() / 20, rel=0.1)


def test_runs_without_an_example_in_common_cannot_be_paired() -> None:
    first = judged(np.arange(10) < 5)
    assert paired(first, first.with_columns(id=pl.col("id") + " of another set"), ERROR) is None


def test_numbers_are_paired_too() -> None:
    rng = np.random.default_rng(0)
    off = rng.normal(size=(2, 100)) ** 2
    frames = [
        pl.DataFrame({"id": [str(i) for i in range(100)], "stat_squared": one, "stat_count": np.ones(100)})
        for one in (off[0], 4 * off[1])
    ]
    found = paired(*frames, RMSE)
    assert found is not None
    assert found.value == pytest.approx(2 * np.sqrt(off[1].mean()) - np.sqrt(off[0].mean()))


def test_a_comparison_over_sizes_is_of_one_set_of_data() -> None:
    told = CliRunner().invoke(app, ["compare", "one.csv", "two.csv", "--over", "20,40"])
    assert isinstance(told.exception, UserError)
    assert "give one folder, table or practice:NAME" in str(told.exception)
