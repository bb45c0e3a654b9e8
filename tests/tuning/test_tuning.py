"""A search finds better settings, goes on where it was, and is shared between processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

import fathom
from fathom import tasks
from fathom.errors import UserError
from fathom.interrupts import Stopped
from fathom.progress import Watcher
from fathom.records import Settings
from fathom.runs.folder import RunFolder
from fathom.runs.request import Request
from fathom.tuning import study as studies
from fathom.tuning.request import Asked, keep, kept
from fathom.tuning.search_space import Choice, Real, settings_with, space_of

pytest.importorskip("optuna")


def test_a_search_ends_in_a_run_a_table_and_a_page(tmp_path: Path) -> None:
    done = fathom.tune("practice:iris", net="mlp", epochs=4, trials=4, budget=60, out=tmp_path / "search")
    assert done.trials.height == 4
    assert set(done.settings) >= {"lr", "batch_size", "weight_decay"}
    assert done.figure == min(done.trials.filter(pl.col("state") == "complete")["dev"].to_list())
    assert done.best.read_recipe()["resolved"]["settings"]["lr"] == pytest.approx(done.settings["lr"])
    page = (tmp_path / "search" / "tune.html").read_text("utf-8")
    assert "<svg" in page
    assert page.count("<tr>") == 5
    again = fathom.tune(resume=tmp_path / "search", trials=6, budget=60)
    assert again.trials.height == 6
    assert again.trials.head(4)["lr"].to_list() == done.trials["lr"].to_list()


def test_what_is_typed_of_the_net_and_the_task_is_held_fixed(tmp_path: Path) -> None:
    """An order of classes and widths come by ``--set``; both hold in every trial, and for the best."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=240)
    sizes = np.array(["low", "mid", "high"])[(x > -0.5).astype(int) + (x > 0.5)]
    (tmp_path / "sizes.csv").write_text("x,size\n" + "".join(f"{a:.4f},{b}\n" for a, b in zip(x, sizes, strict=True)))
    typed = [
        "--target",
        "size",
        "--net",
        "mlp",
        "--set",
        "order=low,mid,high",
        "--set",
        "hidden=7",
        "--weight-decay",
        "0.25",
    ]
    limits = ["--epochs", "1", "--trials", "2", "--budget", "60s", "--out", str(tmp_path / "search")]
    search = [sys.executable, "-m", "fathom", "tune", str(tmp_path / "sizes.csv"), *typed, *limits]
    subprocess.run(search, check=True, capture_output=True)
    resolved = RunFolder(tmp_path / "search" / "best-1").read_recipe()["resolved"]["settings"]
    assert resolved["options"]["order"] == "low,mid,high"
    assert (str(resolved["options"]["hidden"]), resolved["weight_decay"]) == ("7", 0.25)
    table = pl.read_csv(tmp_path / "search" / "trials.csv")
    assert {"lr", "batch_size", "dropout"} <= set(table.columns)
    assert not {"weight_decay", "set.hidden"} & set(table.columns)


def test_of_trials_that_came_out_differently_the_best_is_taken(tmp_path: Path) -> None:
    """In one epoch none is stopped early, so that there are several to choose among."""
    done = fathom.tune("practice:iris", net="mlp", epochs=1, trials=6, budget=60, out=tmp_path / "search")
    ended = done.trials.filter(pl.col("state") == "complete").sort("dev")
    assert ended["dev"][0] < ended["dev"][-1]
    assert done.figure == ended["dev"][0]
    rates = ended.filter(pl.col("dev") == done.figure)["lr"].to_list()
    assert done.settings["lr"] in [pytest.approx(rate) for rate in rates]


def test_nets_that_break_what_is_required_are_not_trained(tmp_path: Path) -> None:
    asked = {"net": "mlp", "epochs": 1, "trials": 6, "budget": 60}
    done = fathom.tune("practice:iris", require=("parameters<30000",), **asked, out=tmp_path / "a")  # type: ignore[arg-type]
    assert set(done.trials["state"]) == {"complete", "fail"}
    assert done.best.figures()["requirements"][0]["met"]
    with pytest.raises(UserError, match="no net of the space meets"):
        fathom.tune("practice:iris", require=("parameters<2",), **asked, out=tmp_path / "b")  # type: ignore[arg-type]


def test_two_processes_share_a_study(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    options = ["--net", "mlp", "--epochs", "2", "--trials", "8", "--budget", "60s"]
    fathom_tune = [sys.executable, "-m", "fathom", "tune", "practice:iris", *options, "--storage", url]
    running = [
        subprocess.Popen([*fathom_tune, "--out", str(tmp_path / name)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]
    for process in running:
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said.decode()
    tables = [pl.read_csv(tmp_path / name / "trials.csv") for name in ("one", "two")]
    longest = max(tables, key=lambda t: t.height)
    assert longest.height == 8
    assert longest["trial"].n_unique() == longest.height
    assert longest["lr"].n_unique() == longest.height


def test_of_two_trials_that_begin_at_once_one_is_too_many() -> None:
    optuna = studies.optuna_()
    study = optuna.create_study()
    for cut_off in (False, True, False):  # what was cut off counts for nothing
        trial = study.ask()
        if not cut_off:
            trial.set_user_attr(studies.FAILED, "it did not converge")
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    assert studies.begun(study) == 2
    one, two = study.ask(), study.ask()
    assert not studies.is_surplus(study, one, 3)
    assert studies.is_surplus(study, two, 3)
    assert studies.begun(study) == 4
    study.tell(two, state=optuna.trial.TrialState.FAIL)
    assert (studies.begun(study), studies.running(study)) == (3, 1)


def test_the_space_is_drawn_around_the_usual_settings() -> None:
    from fathom.data.source import resolve
    from fathom.runs import prepare
    from fathom.runs.load import build_net

    asked = Settings(net="mlp")
    reader = tasks.by_name("table")(asked)
    examples = reader.examples(resolve("practice:iris"))
    task = prepare.fit(reader, prepare.resolve(reader, examples.items, asked), examples.items)
    space = space_of(task, build_net(task), Settings(net="mlp"))
    lr = space["lr"]
    assert isinstance(lr, Real)
    assert lr.log
    assert lr.low < (task.settings.lr or 0) < lr.high
    assert isinstance(space["set.hidden"], Choice)
    drawn = settings_with(task.settings, {"lr": 0.5, "set.hidden": "8,4"})
    assert (drawn.lr, drawn.options["hidden"]) == (0.5, "8,4")
    assert space["set.hidden"].usual == "256,128"
    asked = Settings(lr=0.05, batch_size=8, dropout=0.0, options={"hidden": (20, 7)})
    assert set(space_of(task, build_net(task), asked)) == {"weight_decay"}


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"sampler": "grid"}, "no sampler"),
        ({"storage": "nosuch://x"}, "cannot be used"),
        ({"dev": "none"}, "no dev split"),
        ({"lr": "auto"}, "not by a range test"),
        ({"init_from": "runs/other"}, "cannot start from runs/other"),
        ({"net": torch.nn.Linear(4, 3)}, "name of one as net"),
        (
            dict.fromkeys(("lr", "batch_size", "weight_decay", "dropout"), 0.5) | {"batch_size": 8, "hidden": (4,)},
            "nothing to search",
        ),
    ],
)
def test_what_cannot_be_is_said(asked: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=why):
        fathom.tune("practice:iris", epochs=1, trials=1, out=tmp_path / "search", **{"net": "mlp", **asked})
    assert not (tmp_path / "search").exists()


def test_there_must_be_something_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no search"):
        fathom.tune(resume=tmp_path)


def test_a_search_that_was_killed_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    options = ["--net", "mlp", "--epochs", "3", "--trials", "500", "--budget", "10m", "--out", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "fathom", "tune", "practice:iris", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("trial     2"):
            break
    process.kill()
    process.communicate()
    done = fathom.tune(resume=folder, trials=5, budget=60)
    assert done.trials.height >= 5
    assert done.trials.filter(pl.col("state").is_in(["complete", "pruned"])).height >= 5
    assert done.best.path.name == "best-1"
    assert "running" not in done.trials["state"]


def test_a_study_is_of_one_search_alone(tmp_path: Path) -> None:
    shared = {"storage": f"sqlite:///{tmp_path / 's.db'}", "net": "mlp", "epochs": 1, "trials": 1}
    fathom.tune("practice:iris", out=tmp_path / "a", **shared)  # type: ignore[arg-type]
    for data, other, why in (
        ("practice:breast-cancer", {}, "is of other data"),
        ("practice:iris", {"seed": 1}, "is of seed 0 and not 1"),
        ("practice:iris", {"net": "logistic"}, "is of net mlp and not logistic"),
        ("practice:iris", {"epochs": 2}, "is of epochs 1 and not 2"),
    ):
        with pytest.raises(UserError, match=f"the study 'fathom' in sqlite.* {why}: give another `study`"):
            fathom.tune(data, out=tmp_path / "b", **{**shared, **other})  # type: ignore[arg-type]
        assert not (tmp_path / "b").exists()


def test_a_search_does_not_go_on_with_other_data(tmp_path: Path) -> None:
    table = tmp_path / "data.csv"
    rows = [f"{i},{i % 7},{'yes' if i % 7 > 3 else 'no'}" for i in range(60)]
    table.write_text("\n".join(["a,b,good", *rows]), "utf-8")
    fathom.tune(table, net="logistic", epochs=1, trials=1, out=tmp_path / "search")
    table.write_text("\n".join(["a,b,good", *rows[:-1], "59,1,no"]), "utf-8")
    with pytest.raises(UserError, match="search is of other data"):
        fathom.tune(resume=tmp_path / "search", trials=2)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_search_that_goes_on_draws_what_it_would_have_drawn(sampler: str, tmp_path: Path) -> None:
    asked = {"net": "logistic", "epochs": 1, "sampler": sampler}
    whole = fathom.tune("practice:iris", trials=5, out=tmp_path / "whole", **asked)  # type: ignore[arg-type]
    fathom.tune("practice:iris", trials=3, out=tmp_path / "parts", **asked)  # type: ignore[arg-type]
    parts = fathom.tune(resume=tmp_path / "parts", trials=5)
    assert parts.trials["lr"].n_unique() == 5
    assert parts.trials["lr"].to_list() == whole.trials["lr"].to_list()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"sampler": "random"}, "the sampler tpe and not random"),
        ({"epochs": 2}, "the epochs 1 and not 2"),
        ({"seed": 3}, "the seed 0 and not 3"),
        ({"net": "mlp"}, "the net logistic and not mlp"),
        ({"lr": 0.1}, "no lr: leave that out"),
        ({"data": "practice:digits"}, "the data practice:iris and not practice:digits"),
    ],
)
def test_a_search_goes_on_as_it_began(said: dict[str, Any], why: str, tmp_path: Path) -> None:
    request = Request(data="practice:iris", settings=Settings(net="logistic", epochs=1))
    keep(Asked(request, budget=5, trials=1), tmp_path)
    with pytest.raises(UserError, match=why):
        fathom.tune(resume=tmp_path, **said)
    assert kept(tmp_path, {"sampler": "tpe", "epochs": 1, "net": "logistic", "seed": None}).trials == 1


def test_a_whole_number_is_the_same_as_the_number_that_was_kept(tmp_path: Path) -> None:
    begun = Settings(net="logistic", lr=1, cost={"setosa": 2}, require=("latency_ms<20",))
    keep(Asked(Request(data="practice:iris", settings=begun), budget=5), tmp_path)
    assert kept(tmp_path, {"lr": 1, "cost": {"setosa": 2}, "require": ("latency_ms<20",)}).request.settings == begun


@pytest.mark.parametrize(
    ("where", "value", "why"),
    [
        ((), [], "it is a list and no mapping"),
        (("settings",), None, "it.settings is None and no mapping"),
        (("settings", "epochs"), "x", "it.request.settings.epochs is 'x' and no whole number"),
        (("settings", "lr"), -1, "`lr=-1.0` is out of range"),
        (("request", "out"), 3, "cannot be used"),
        (("budget",), float("nan"), "it.budget is nan and no number"),
        (("sampler",), "grid", "no sampler 'grid'"),
        (("schema",), "x", "it.schema is 'x' and no whole number"),
    ],
)
def test_a_damaged_search_is_refused(where: tuple[str, ...], value: Any, why: str, tmp_path: Path) -> None:
    keep(Asked(Request(data="practice:iris", out=tmp_path), budget=5), tmp_path)
    told = json.loads((tmp_path / "tune.json").read_text("utf-8"))
    inner = told
    for step in where[:-1]:
        inner = inner[step]
    if where:
        inner[where[-1]] = value
    (tmp_path / "tune.json").write_text(json.dumps(told if where else value), "utf-8")
    with pytest.raises(UserError, match=why) as refused:
        kept(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / 'tune.json'} is damaged")


def test_a_search_of_a_later_version_is_refused(tmp_path: Path) -> None:
    keep(Asked(Request(data="practice:iris"), budget=5), tmp_path)
    told = json.loads((tmp_path / "tune.json").read_text("utf-8"))
    (tmp_path / "tune.json").write_text(json.dumps(told | {"schema": 99}), "utf-8")
    with pytest.raises(UserError, match="later version of fathom: upgrade"):
        kept(tmp_path)


class Stopping(Watcher):
    """Asks to stop as soon as a trial trains."""

    searching = False

    def begin_stage(self, name: str, total: int) -> None:
        """Notice that trials begin."""
        self.searching = self.searching or name == "tune"

    def stop_requested(self) -> bool:
        """Leave as Ctrl-C does in the midst of a trial."""
        if self.searching:
            raise Stopped
        return False


def test_the_usual_settings_are_tried_first_also_after_an_interruption(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    with pytest.raises(Stopped):
        fathom.tune("practice:iris", epochs=2, trials=2, out=folder, watcher=Stopping())
    done = fathom.tune(resume=folder)
    assert done.trials["state"].to_list()[0] == "interrupted"
    counted = done.trials.filter(pl.col("state") != "interrupted")
    assert counted.height == 2
    usual = fathom.train("practice:iris", epochs=2, out=tmp_path / "usual").folder.read_recipe()["resolved"]["settings"]
    for name in ("lr", "batch_size", "weight_decay", "dropout"):
        assert counted[name][0] == pytest.approx(usual[name])
    assert counted["set.hidden"][0] == "256,128"


def test_a_search_around_a_recipe(tmp_path: Path) -> None:
    base = tmp_path / "base"
    fathom.train("practice:iris", net="logistic", epochs=1, lr=0.02, out=base)
    done = fathom.tune(recipe=str(base), trials=1, out=tmp_path / "search")
    assert done.settings["lr"] == pytest.approx(0.02)
    assert done.best.read_recipe()["resolved"]["settings"]["lr"] == pytest.approx(0.02)
    assert done.best.read_recipe()["resolved"]["settings"]["epochs"] == 1


@pytest.mark.parametrize("written", [5, "search", [], {}, {"task": 1}, {"task": "table", "data": "x", "settings": []}])
def test_what_a_study_says_of_itself_may_be_anything(written: Any) -> None:
    mine = {"task": "table", "data": "x", "settings": {}, "splits": "y", "space": {}}
    assert not studies._tells(written, mine)
    assert studies._tells(mine, mine)


def test_what_the_database_said_is_told_and_not_a_guess() -> None:
    error = RuntimeError("perhaps it is too long")
    error.__cause__ = ValueError("no such table: studies\nmore")
    assert studies._first(error) == "no such table: studies"
