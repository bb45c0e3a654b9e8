"""A search finds better settings, goes on where it was, and is shared between processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import fathom
from fathom import tasks
from fathom.errors import UserError
from fathom.records import Settings
from fathom.tuning.space import Choice, Real, settings_with, space_of

pytest.importorskip("optuna")


def test_a_search_ends_in_a_run_a_table_and_a_page(tmp_path: Path) -> None:
    done = fathom.tune("practice:iris", net="mlp", epochs=4, trials=4, budget=60, out=tmp_path / "search")
    assert done.trials.height == 4
    assert set(done.settings) >= {"lr", "batch_size", "weight_decay"}
    assert done.figure == min(done.trials.filter(pl.col("state") == "complete")["dev"].to_list())
    assert done.best.recipe["resolved"]["settings"]["lr"] == pytest.approx(done.settings["lr"])
    page = (tmp_path / "search" / "tune.html").read_text("utf-8")
    assert "<svg" in page
    assert page.count("<tr>") == 5
    again = fathom.tune(resume=tmp_path / "search", trials=6, budget=60)
    assert again.trials.height == 6
    assert again.trials.head(4)["lr"].to_list() == done.trials["lr"].to_list()


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
    assert 8 <= longest.height <= 9  # each may have begun one while the other ended the last
    assert longest["trial"].n_unique() == longest.height
    assert longest["lr"].n_unique() >= longest.height - 1  # both may have begun with the usual settings


def test_the_space_is_drawn_around_the_usual_settings() -> None:
    from fathom.data.source import resolve
    from fathom.runs import prepare
    from fathom.runs.load import build_net

    task = tasks.by_name("table")(Settings(net="mlp"))
    examples = task.examples(resolve("practice:iris"))
    prepare.resolve(task, examples.items)
    task.fit(examples.items)
    space = space_of(task, build_net(task))
    lr = space["lr"]
    assert isinstance(lr, Real)
    assert lr.log
    assert lr.low < (task.settings.lr or 0) < lr.high
    assert isinstance(space["set.hidden"], Choice)
    drawn = settings_with(task.settings, {"lr": 0.5, "set.hidden": "8,4"})
    assert (drawn.lr, drawn.options["hidden"]) == (0.5, "8,4")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"sampler": "grid"}, "no sampler"),
        ({"storage": "nosuch://x"}, "cannot be used"),
        ({"dev": "none"}, "no dev split"),
    ],
)
def test_what_cannot_be_is_said(asked: dict[str, str], why: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=why):
        fathom.tune("practice:iris", net="mlp", epochs=1, trials=1, out=tmp_path / "search", **asked)
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
    assert done.trials.filter(pl.col("state") == "complete").height >= 2
    assert done.best.path.name == "best-1"
