"""Columns that do not help are found on train alone, and those that do are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fathom
from fathom.coaching.remedies.columns import FewerColumns
from fathom.coaching.run_context import RunContext, context_of
from fathom.coaching.useless_columns import LEAST_ROWS, useless_columns
from fathom.errors import UserError
from fathom.tasks.table.tabular import Table

NOISE = [f"n{i}" for i in range(12)]


def rows_of(folder: Path, n: int = 400, amount: bool = False) -> Path:
    """Three columns that tell the target, one of them of words, and twelve of nothing."""
    rng = np.random.default_rng(0)
    x, kind = rng.normal(size=(n, 2)), rng.choice(["low", "high"], n)
    value = x[:, 0] - x[:, 1] + 2.0 * (kind == "high") - 1 + 0.1 * rng.normal(size=n)
    said = [f"{v:.4f}" for v in value] if amount else ["yes" if v > 0 else "no" for v in value]
    lines = [",".join(["one", "two", "kind", *NOISE, "target"])]
    for i in range(n):
        cells = [f"{v:.3f}" for v in (*x[i], *rng.normal(size=len(NOISE)))]
        lines.append(",".join([*cells[:2], str(kind[i]), *cells[2:], said[i]]))
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def case_of(folder: Path, **asked: Any) -> tuple[fathom.Run, RunContext, Table]:
    run = fathom.train(str(folder / "rows.csv"), net="mlp", epochs=1, out=folder / "run", **asked)
    context = context_of(run.folder)
    assert isinstance(context.task, Table)
    return run, replace(context, decomposition=replace(context.decomposition, kind=None)), context.task


@pytest.mark.parametrize("amount", [False, True])
def test_what_says_nothing_is_found_and_what_tells_is_kept(tmp_path: Path, amount: bool) -> None:
    rows_of(tmp_path, amount=amount)
    _, context, task = case_of(tmp_path)
    found = useless_columns(task, context.of("train"), 0)
    assert set(found) <= set(NOISE)
    assert len(found) >= len(NOISE) // 2
    assert useless_columns(task, context.of("train"), 0) == found
    assert useless_columns(task, context.of("train")[: LEAST_ROWS - 1], 0) == ()


def test_the_training_without_them_is_one_that_can_be_typed(tmp_path: Path) -> None:
    rows_of(tmp_path)
    _, context, _ = case_of(tmp_path, drop="n0")
    change = FewerColumns().probe(context)
    assert change is not None
    dropped = change.settings["options"]["drop"]
    assert dropped[0] == "n0"
    assert f"--set drop={','.join(dropped)}" in context.command(change)
    assert (
        FewerColumns().describe(context, change).startswith(f"leave out {len(dropped)} columns that do not help: n0,")
    )
    again = fathom.train(str(tmp_path / "rows.csv"), net="mlp", epochs=1, drop=",".join(dropped), out=tmp_path / "less")
    task = context_of(again.folder).task
    assert isinstance(task, Table)
    assert set(task.used_columns) == {"one", "two", "kind", *NOISE} - set(dropped)
    assert {task.dropped_[name] for name in dropped} == {"as it was asked"}
    assert again.predict('{"one": 3, "two": -3, "kind": "high"}')[0].value in ("yes", "no")
    with pytest.raises(UserError, match="`drop` names a column 'three' that is not there"):
        fathom.train(str(tmp_path / "rows.csv"), net="mlp", epochs=1, drop="three", out=tmp_path / "wrong")


def test_where_all_columns_are_of_use_or_it_is_no_table_nothing_is_left_out(tmp_path: Path) -> None:
    run = fathom.train("practice:digits?n=120", net="logistic", epochs=1, out=tmp_path / "run")
    assert FewerColumns().probe(context_of(run.folder)) is None
