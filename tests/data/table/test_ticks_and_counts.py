"""Columns whose values are few or count: a tick or nothing, dates written as a number, names that are numbers."""

import polars as pl
import pytest

from fathom.data.source import resolve
from fathom.data.table.columns import Asked, read_columns
from fathom.records import Settings
from fathom.tasks.table.tabular import Table


def learned(path):
    """What a table's columns are, learned from all its rows; and the rows."""
    task = Table(Settings())
    examples = task.examples(resolve(str(path), target="y"))
    task.fit(examples.items)
    return task, examples


@pytest.mark.parametrize(("name", "kind"), [("date", "date"), ("order_dt", "date"), ("price", "number")])
def test_a_column_that_is_called_a_date_may_hold_it_as_a_number(name, kind):
    days = [20240101 + i % 28 + 100 * (i % 12) for i in range(60)]
    frame = pl.DataFrame({name: days, "y": ["a", "b"] * 30})
    found = read_columns([frame], Asked(), {}, "y", commas=False)
    assert found.columns[name].kind == kind
    assert found.frames[0][name][0] == ("2024-01-01" if kind == "date" else 20240101)
    assert found.columns[name].value(20240131) == ("2024-01-31" if kind == "date" else 20240131)
    frame = pl.DataFrame({name: [*days, 20241399], "y": ["a", "b"] * 30 + ["a"]})  # no such month
    assert read_columns([frame], Asked(), {}, "y", commas=False).columns[name].kind == "number"


@pytest.mark.parametrize("tick", ["X", "1", "yes"])
def test_a_tick_or_nothing_tells_rows_apart(tmp_path, tick):
    rows = [f"{i % 9},{tick if i % 3 else ''},{'uv'[bool(i % 3)]}" for i in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(["a,pool,y", *rows]))
    task, examples = learned(tmp_path / "a.csv")
    assert list(task.categorical_) == ["pool"]
    assert {task.encode(e)["categorical"][0] for e in examples.items} == {0, 1}
    (tmp_path / "b.csv").write_text("\n".join(["a,pool,y", *(r.replace(",,", f",{tick},") for r in rows)]))
    assert learned(tmp_path / "b.csv")[0].dropped_ == {"pool": "constant"}


def test_a_header_that_counts_its_columns_is_one(tmp_path):
    (tmp_path / "a.csv").write_text("0,1,2\n" + "".join(f"{i / 7},{i % 5},{'uv'[i % 2]}\n" for i in range(60)))
    examples = Table(Settings()).examples(resolve(str(tmp_path / "a.csv")))
    assert len(examples.items) == 60
    assert list(examples.items[0].input) == ["0", "1"]
