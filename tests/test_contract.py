"""One suite for every task: train, kill, resume, test, predict, report, bad input.

A new task is one more line in `CASES` of `task_cases`. The suite itself is `fathom.testing.TaskContract`, for tasks
from outside, too.
"""

from __future__ import annotations

import math
import multiprocessing
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from scipy.stats import binom

import fathom
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.runs.folder import RunFolder
from fathom.testing import Case, TaskContract, train, weights
from task_cases import CASES, pictures, table


@pytest.fixture(scope="module")
def toy_package(tmp_path_factory):
    """A package from outside that brings the test double by the entry point, as pip would install it."""
    folder = tmp_path_factory.mktemp("site-packages")
    about = folder / "toy-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[fathom.tasks]\ntoy = fathom.testing:ToyTask\n")
    return folder


class TestEveryTask(TaskContract):
    # The tests of a case share runs, which one worker trains.
    @pytest.fixture(params=[pytest.param(name, marks=pytest.mark.xdist_group(f"contract {name}")) for name in CASES])
    def case(self, request, toy_package, monkeypatch) -> Case:
        if request.param == "toy":
            monkeypatch.syspath_prepend(toy_package)
        return CASES[request.param]


@pytest.mark.parametrize("name", ["recipe.json", "encoder/state.json", "weights.safetensors", "results.parquet"])
@pytest.mark.parametrize("harm", ["missing", "truncated", "hostile"])
def test_a_harmed_run_is_refused_in_a_sentence(name, harm, trained, tmp_path):
    case = CASES["numbers"]
    whole_run, data = trained("numbers")
    run = fathom.load(shutil.copytree(whole_run.path, tmp_path / "run"))
    path = run.path / name
    whole = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(whole[: len(whole) // 2] if harm == "truncated" else b'{"a": [1]}')

    def use() -> None:
        opened = fathom.load(run.path)
        opened.predict(case.new(data))
        opened.results.height  # noqa: B018

    with pytest.raises(UserError) as refused:
        use()
    assert "\n" not in str(refused.value)


def beats_a_constant(run: fathom.Run, chance: float = 1e-3) -> bool:
    """Whether dev has fewer mistakes than the best constant answer would have once in a thousand times."""
    dev = run.results.filter(pl.col("split") == "dev")
    wrong = int((dev["prediction"] != dev["target"]).sum())
    assert run.figures["dev"].value == pytest.approx(wrong / dev.height)
    constant = 1 - dev["target"].value_counts()["count"].max() / dev.height
    return binom.cdf(wrong, dev.height, constant) < chance


def test_a_net_that_answers_constantly_does_not_pass_for_one_that_learned(tmp_path):
    from torch import nn

    class Constant(nn.Module):
        """Learns how frequent the classes are, and sees nothing."""

        def __init__(self) -> None:
            super().__init__()
            self.logits = nn.Parameter(torch.zeros(2))

        def forward(self, images):
            return self.logits.expand(len(images), 2)

    assert not beats_a_constant(
        fathom.train(pictures(tmp_path), net=Constant(), epochs=10, batch_size=8, out=tmp_path / "run")
    )


def test_any_module_is_a_net(tmp_path):
    from torch import nn

    data = pictures(tmp_path)
    torch.manual_seed(0)
    mine = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2))
    run = fathom.train(data, net=mine, epochs=10, batch_size=8, out=tmp_path / "run")
    assert beats_a_constant(run)
    with pytest.raises(UserError, match="your own"):
        fathom.load(run.path).predict(str(data / "dark" / "00.png"))
    fresh = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2))
    assert fathom.load(run.path, net=fresh).predict(str(data / "dark" / "00.png"))[0].value in ("dark", "bright")


def test_unreadable_examples_are_listed(tmp_path):
    run = train(pictures(tmp_path), tmp_path / "run", CASES["pictures"])
    assert "broken.png" in (run.path / "skipped.csv").read_text()
    assert len(run.results) < 49


class Seconds(Watcher):
    """A clock that goes on by as much with each step of training, and stands still else."""

    def __init__(self, per_step: float) -> None:
        self.per_step, self.steps, self.training = per_step, 0, False

    def begin_stage(self, name: str, total: int) -> None:
        self.training = name == "train"

    def advance(self, n: int = 1) -> None:
        self.steps += n * self.training

    def monotonic(self) -> float:
        return self.per_step * self.steps


@pytest.mark.parametrize(("budget", "per_step"), [(2, 0.02), (2, 0.005), (4, 0.02), (2, 0.15)])
def test_the_budget_becomes_as_many_steps_as_fit_and_the_rate_is_annealed(budget, per_step, tmp_path, monkeypatch):
    """With the results at the end; looks at dev take no time by this clock, which is found out at the first of them."""
    clock = Seconds(per_step)
    for module in ("fathom.training.time_budget", "fathom.training.loop", "fathom.runs.train"):
        monkeypatch.setattr(f"{module}.time", clock)
    run = fathom.train(table(tmp_path, numeric_target=True), budget=budget, out=tmp_path / "run", watcher=clock)
    train, dev = (run.results.filter(pl.col("split") == name).height for name in ("train", "dev"))
    per_epoch = math.ceil(train / run.folder.read_recipe()["resolved"]["settings"]["batch_size"])
    results = per_step * per_epoch * (1 + dev / train) / 3 + 0.03 * budget
    left = budget - 10 * per_step  # when it is known how many steps fit
    seconds = clock.steps * per_step + min(results, left / 2)
    least = seconds * (1 + dev / train / 3)  # where no look was taken in time to mend the plan
    assert budget - 1.5 * per_step - 0.04 * budget < least
    assert seconds < 1.04 * budget
    assert run.history[-1]["step"] == clock.steps
    assert run.history[-1]["lr"] < 2e-4 < max(r["lr"] for r in run.history)


@pytest.mark.filterwarnings("ignore")
def test_a_loss_that_becomes_nan_stops_and_keeps_the_last_good_weights(tmp_path):
    from torch import nn

    data = table(tmp_path, numeric_target=True)
    asked = {"optimizer": "sgd", "schedule": "constant", "net": "logistic"}
    with pytest.raises(UserError, match="lower `lr`"):
        fathom.train(data, lr=900, epochs=60, batch_size=4, out=tmp_path / "early", **asked)

    class Breaks(nn.Module):
        """Gives NaN from the 20th training step on: 10 steps are an epoch, so the first epoch is good."""

        def __init__(self) -> None:
            super().__init__()
            self.inner, self.steps = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2)), 0

        def forward(self, images):
            self.steps += self.training
            return self.inner(images) * (float("nan") if self.training and self.steps >= 20 else 1.0)

    net = Breaks()
    run = fathom.train(pictures(tmp_path), net=net, batch_size=4, epochs=9, out=tmp_path / "late")
    assert net.steps < 30
    assert run.results["loss"].is_finite().all()
    assert "became" in run.folder.read_json("figures.json")["stopped"]
    assert {"not_finite", "diverged"} & {f.name for f in run.diagnose()}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fathom", *arguments]


KILLED = {"pictures": {"net": "convnet", "epochs": 25, "batch_size": 4}, "classes": {"epochs": 40, "batch_size": 16}}


def start(forked: Any, data: Path, folder: Path, kind: str) -> Any:
    """A training in a process of its own: resumed where it can be, else begun."""
    how = {"resume": folder} if RunFolder(folder).has("recipe.json") else {"out": folder, **KILLED[kind]}
    process = forked.Process(target=fathom.train, args=() if "resume" in how else (str(data),), kwargs=how)
    process.start()
    return process


def laid_out(process: Any, folder: Path) -> float:
    """The moment at which the run has its recipe; from there on it can be resumed."""
    while process.is_alive() and not RunFolder(folder).has("recipe.json"):
        time.sleep(0.002)
    return time.monotonic()


def kill_ten_times(forked: Any, data: Path, out: Path, kind: str, lasts: float, whole: Path) -> int:
    """Kill trainings at random moments of their `lasts` seconds, and say how many died while they trained."""
    rng, kills, trained = random.Random(0), 0, 0
    while kills < 10:
        if RunFolder(out).has("findings.json"):
            shutil.rmtree(out)
        process = start(forked, data, out, kind)
        laid_out(process, out)
        process.join(rng.uniform(0, lasts))
        process.kill()  # it may have ended just before
        process.join()
        if process.exitcode == -signal.SIGKILL:
            kills += 1
            trained += (out / "checkpoint").exists()
        else:
            assert process.exitcode == 0
            assert weights(out) == weights(whole)
    return trained


@pytest.mark.parametrize("kind", list(KILLED))
def test_killed_at_random_moments_it_ends_with_the_same_bits(kind, tmp_path):
    """`kill -9` on a real process, verified alive, at ten random moments and more.

    The processes are forked from one that has imported everything, so that they die while they work. One that ends
    before its time has the right weights, too, and the next begins anew.
    """
    data, out, whole = CASES[kind].make(tmp_path), tmp_path / "killed", tmp_path / "whole"
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(
        ["fathom.runs.train", "fathom.runs.report", "fathom.tasks.table.tabular", "sklearn.ensemble"]
    )
    first = start(forked, data, whole, kind)
    began = laid_out(first, whole)
    first.join()
    assert first.exitcode == 0
    trained = kill_ten_times(forked, data, out, kind, time.monotonic() - began, whole)
    assert trained > 0, "it was never killed while it trained"
    if not RunFolder(out).has("findings.json"):
        done = subprocess.run(command("train", "--resume", str(out)), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert weights(out) == weights(whole)
