"""The table of what exports to what is what exporting every net of every task finds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from every_export import ALL, CASE_OF, Row, found, pairs, sampled, told, trained

from fathom.exporting import beside_run
from fathom.exporting.programs import PROGRAMS

pytest.importorskip("onnxscript", reason="the extra export is not installed")


def test_the_table_has_each_net_of_each_task_once() -> None:
    cells = [line.split(" | ")[:2] for line in told()]
    wanted = [Row(task, net, *[True] * 4).line().split(" | ")[:2] for task, net in pairs()]
    assert cells == wanted
    assert {*CASE_OF} == {*PROGRAMS}


@pytest.mark.parametrize(("task", "net"), pairs())
def test_a_net_exports_to_what_the_table_says(
    task: str, net: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (task, net) not in sampled() and not os.environ.get(ALL):
        pytest.skip(f"one net of each task is exported; {ALL}=1 exports them all")
    monkeypatch.setattr(beside_run, "EXAMPLES", 8)
    row = found(trained(task, net, tmp_path), task, net, tmp_path)
    assert row.line() in told(), f"write it anew: python {Path(__file__).with_name('every_export.py')}"
