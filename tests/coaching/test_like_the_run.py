"""Trainings like the run: they begin where it began, keep what was said, and are typed as they were measured."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import fathom
from fathom.coaching.applying import _trained
from fathom.coaching.case import Change, case_of
from fathom.coaching.gains import figure
from fathom.coaching.probing import encoded, probe
from fathom.errors import UserError
from fathom.runs.outcomes import data_apart
from fathom.runs.request import Request
from fathom.training.loop import Watcher


@pytest.fixture(scope="module")
def begun(tmp_path_factory: Any) -> tuple[fathom.Run, fathom.Run]:
    """A run that has learned, and one that starts from it and learns next to nothing more."""
    folder = tmp_path_factory.mktemp("from")
    first = fathom.train("practice:digits?n=500", net="mlp", epochs=8, out=folder / "first")
    data = "practice:digits?n=150"
    return first, fathom.train(data, start=first.path, epochs=1, lr=1e-9, out=folder / "second")


def test_a_recipe_starts_from_the_weights_that_the_run_started_from(begun: Any, tmp_path: Path) -> None:
    _, second = begun
    told: list[str] = []
    watcher = Watcher()
    watcher.line = lambda label, text: told.append(label)  # type: ignore[method-assign]
    again = fathom.train(recipe=second.path, out=tmp_path / "again", watcher=watcher)
    assert "start" in told
    assert again.figures["dev"].value == second.figures["dev"].value < 0.3
    third = fathom.train(recipe=again.path / "recipe.json", out=tmp_path / "third")
    assert third.figures["dev"].value == second.figures["dev"].value
    with pytest.raises(UserError, match=r"first \(net mlp\), which logistic cannot take"):
        fathom.train(recipe=second.path, net="logistic", out=tmp_path / "no")
    with pytest.raises(UserError, match="start from scratch"):
        data_apart(Request(recipe=second.path), Watcher())


def test_probes_and_what_is_applied_start_from_the_weights_that_the_run_started_from(
    begun: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, second = begun
    case = case_of(second.folder)
    now = second.figures["dev"].value
    rows = probe(case, Change(), 1000, 1.0, Watcher()).rows
    assert figure(case.metric, rows.sum(0)) == pytest.approx(now, abs=0.04)
    assert encoded(case, case.settings).task.state() == case.task.state()
    scratch = probe(case, Change({"lr": 1e-9}, fresh=True), 1000, 1.0, Watcher()).rows
    assert figure(case.metric, scratch.sum(0)) > now + 0.3
    new: list[Any] = []
    _trained(second.folder, case, "higher_rate", Watcher(), new, lambda line: None)
    assert fathom.load(new[0].path).figures["dev"].value == pytest.approx(now, abs=0.04)


def test_where_the_start_is_gone_it_is_said(begun: Any, tmp_path: Path) -> None:
    first, _ = begun
    start = shutil.copytree(first.path, tmp_path / "start")
    run = fathom.train("practice:digits?n=150", start=start, epochs=1, out=tmp_path / "run")
    shutil.rmtree(start)
    with pytest.raises(UserError, match=r"start, and trainings like it cannot be made"):
        case_of(run.folder)
    with pytest.raises(UserError, match="start, which are gone"):
        fathom.train(recipe=run.path, out=tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_run_that_was_stopped_before_its_first_checkpoint_goes_on_from_its_start(begun: Any, tmp_path: Path) -> None:
    from fathom.training.loop import Interrupted

    _, second = begun
    stopping = Watcher()
    stopping.interrupted = lambda: True  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        fathom.train(recipe=second.path, out=tmp_path / "run", watcher=stopping)
    shutil.rmtree(tmp_path / "run" / "checkpoint", ignore_errors=True)  # as if it was killed
    assert fathom.train(resume=tmp_path / "run").figures["dev"].value == second.figures["dev"].value
