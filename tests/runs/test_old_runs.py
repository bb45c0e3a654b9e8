"""Runs and searches of earlier versions: what they say is understood, and they still predict, repeat and go on.

``run_of_schema_1`` was written by the version before the names of the settings changed: a run with all that a person
may say of a table, the recipe of a second one that starts from its weights, and what a search was asked for.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

import fathom
from fathom.errors import UserError
from fathom.runs.folder import RunFolder
from fathom.runs.migrations import SCHEMA, migrated
from fathom.runs.request import Request, beginning, understand
from fathom.tuning.request import kept

OLD = Path(__file__).parent / "run_of_schema_1"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The old folders, and their data beside them."""
    shutil.copytree(OLD, tmp_path / "old")
    monkeypatch.chdir(tmp_path / "old")
    return tmp_path / "old"


def test_a_recipe_of_today_stays_as_it_is() -> None:
    told = migrated(json.loads((OLD / "first" / "recipe.json").read_text()))
    assert told["schema"] == SCHEMA
    assert migrated(told) == told


def test_an_old_run_opens_predicts_and_is_tested(old: Path) -> None:
    run = fathom.load(old / "first")
    rows = {f"row {i}": row for i, row in enumerate(pl.read_csv("people.csv").to_dicts(), 1)}
    dev = run.results.filter(pl.col("split") == "dev")
    assert [p.value for p in run.predict([rows[name] for name in dev["id"]])] == dev["prediction"].to_list()
    assert run.diagnose()
    assert 0 <= run.test().value <= 1
    assert json.loads((old / "first" / "recipe.json").read_text())["schema"] == SCHEMA


def test_an_old_recipe_is_repeated_to_the_same_settings_and_figures(old: Path) -> None:
    again = fathom.train(recipe=old / "first" / "recipe.json", out=old / "again")
    was, now = RunFolder.open(old / "first"), RunFolder.open(again.path)
    for name in ("task", "data_fingerprint", "settings"):
        assert now.read_recipe()["resolved"][name] == was.read_recipe()["resolved"][name], name
    source = now.read_recipe()["resolved"]["source"]
    assert {name: source[name] for name in was.read_recipe()["resolved"]["source"]} == was.read_recipe()["resolved"][
        "source"
    ]
    assert source["header"] is None  # which came later: nothing was said of it
    assert now.read_recipe()["asked"]["settings"] == was.read_recipe()["asked"]["settings"]
    for split, figure in fathom.load(old / "first").figures.items():
        assert again.figures[split].value == pytest.approx(figure.value, abs=0.03), split


def test_an_old_recipe_still_says_whose_weights_it_started_from(old: Path) -> None:
    assert beginning(Request(recipe=old / "second")) == Path("first")
    source, _ = understand(Request(recipe=old / "second"))
    assert source.target == "label"


def test_an_old_search_goes_on_and_refuses_another(old: Path) -> None:
    begun = kept(old / "search", {"target": "label", "group": "person", "net": "mlp", "epochs": 1})
    assert (begun.budget, begun.trials, begun.request.data) == (20.0, 2, "people.csv")
    with pytest.raises(UserError, match="was begun with the epochs 1"):
        kept(old / "search", {"epochs": 2})
