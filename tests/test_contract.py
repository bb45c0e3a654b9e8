"""One suite for every task: train, kill, resume, test, predict, report, bad input.

A new task is one more line in `CASES`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

import fathom
from fathom.errors import UserError
from fathom.runs.folder import RunFolder
from fathom.training.loop import Interrupted, Watcher


def pictures(folder: Path) -> Path:
    """Bright and dark noise, 24 of each, in folders, and one file that is no picture."""
    rng = np.random.default_rng(0)
    for name, level in (("bright", 170), ("dark", 80)):
        for i in range(24):
            path = folder / "data" / name / f"{i:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.clip(rng.normal(level, 60, (12, 12, 3)), 0, 255).astype(np.uint8)).save(path)
    (folder / "data" / "dark" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    return folder / "data"


def table(folder: Path, *, numeric_target: bool) -> Path:
    """Numbers, a category, holes, and a target that depends on them."""
    rng = np.random.default_rng(0)
    x, kind = rng.normal(size=120), rng.choice(["red", "green", "blue"], 120)
    score = 2 * x + 3 * (kind == "red") + rng.normal(0, 0.1, 120)
    target = [f"{s:.4f}" for s in score] if numeric_target else np.where(score > 1, "yes", "no").tolist()
    width = [None if i % 9 == 0 else float(v) for i, v in enumerate(x)]
    path = folder / "data.csv"
    pl.DataFrame({"width": width, "kind": kind.tolist(), "target": target}).write_csv(path)
    return path


@dataclass(frozen=True)
class Case:
    """A task on a little data.

    Attributes:
        make: writes the data into a folder and returns what `fathom train` is given.
        asked: settings of a short training.
        new: makes an input for `predict` from the data.
    """

    make: Callable[[Path], Path]
    asked: dict
    new: Callable[[Path], str]


CASES = {
    "pictures": Case(pictures, {"net": "convnet", "batch_size": 8}, lambda data: str(data / "dark" / "00.png")),
    "classes": Case(lambda f: table(f, numeric_target=False), {}, lambda data: '{"width": 1.5, "kind": "red"}'),
    "numbers": Case(lambda f: table(f, numeric_target=True), {}, lambda data: '{"width": null, "kind": "new"}'),
}


@pytest.fixture(params=list(CASES))
def case(request) -> Case:
    return CASES[request.param]


@pytest.fixture
def data(case, tmp_path) -> Path:
    return case.make(tmp_path)


def train(data: Path, out: Path, case: Case, **more) -> fathom.Run:
    return fathom.train(data, out=out, **{"epochs": 2, **case.asked, **more})


def weights(run: fathom.Run | Path) -> bytes:
    return (Path(getattr(run, "path", run)) / "weights.safetensors").read_bytes()


def test_a_run_is_whole(case, data, tmp_path):
    run = train(data, tmp_path / "run", case)
    results = run.results
    assert set(results["split"]) == {"train", "dev"}
    assert results["id"].is_unique().all()
    assert results["loss"].is_finite().all()
    assert results.filter(pl.col("split") == "dev")["baseline"].null_count() == 0
    assert {f.severity for f in run.diagnose()} <= {"problem", "warning", "note", "good"}
    assert not (run.path / "checkpoint").exists()
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert len(page) > 10_000
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert json.loads((run.path / "recipe.json").read_text())["resolved"]["settings"]["epochs"] == 2


def test_training_error_is_measured_on_the_kept_weights(case, data, tmp_path):
    run = train(data, tmp_path / "run", case)
    train_rows = run.results.filter(pl.col("split") == "train")
    statistics = {n: train_rows[f"stat_{n}"].sum() for n in ("wrong", "squared") if f"stat_{n}" in train_rows.columns}
    figure = next(iter(statistics.values())) / len(train_rows)
    expected = figure if "wrong" in statistics else figure**0.5
    assert run.figures["train"].value == pytest.approx(expected, rel=1e-6)


def test_same_recipe_same_bits(case, data, tmp_path):
    first = train(data, tmp_path / "first", case)
    second = fathom.train(recipe=first.path / "recipe.json", out=tmp_path / "second")
    assert weights(first) == weights(second)
    assert weights(train(data, tmp_path / "third", case, seed=1)) != weights(first)


class StopAt(Watcher):
    """Asks to stop after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.training = False

    def advance(self, n: int = 1) -> None:
        self.left -= n if self.training else 0

    def stage(self, name: str, total: int) -> None:
        self.training = name == "train"

    def interrupted(self) -> bool:
        return self.training and self.left <= 0


def test_interrupted_in_mid_epoch_and_resumed_gives_the_same_bits(case, data, tmp_path):
    whole = train(data, tmp_path / "whole", case, epochs=4)
    with pytest.raises(Interrupted):
        train(data, tmp_path / "part", case, epochs=4, watcher=StopAt(7))
    with pytest.raises(UserError, match="not finished"):
        fathom.load(tmp_path / "part").test()
    resumed = fathom.train(resume=tmp_path / "part")
    assert weights(resumed) == weights(whole)
    assert resumed.results.equals(whole.results)
    clock_free = [[{k: v for k, v in r.items() if k != "seconds"} for r in run.history] for run in (whole, resumed)]
    assert clock_free[0] == clock_free[1]


def test_test_is_scored_and_counted(case, data, tmp_path):
    run = train(data, tmp_path / "run", case)
    assert "test" not in run.figures
    figure = run.test()
    assert figure.low <= figure.value <= figure.high
    run.test()
    assert run.folder.recipe["looks_at_test"] == 2
    assert run.figures["test"] == figure
    assert set(run.results["split"]) == {"train", "dev", "test"}


def test_predict_needs_the_run_folder_alone(case, data, tmp_path):
    run = train(data, tmp_path / "run", case)
    new = case.new(data)
    moved = tmp_path / "elsewhere"
    run.path.rename(moved)
    assert len(fathom.load(moved).predict(new)) == 1


def test_predictions_are_those_of_the_results(case, data, tmp_path):
    run = train(data, tmp_path / "run", case)
    from fathom.runs.predict import Predictor
    from fathom.runs.prepare import source_of

    predictor = Predictor(run.folder)
    examples = predictor.task.examples(source_of(run.folder.recipe)).items[:20]
    known = dict(zip(run.results["id"], run.results["prediction"]))
    for example, answer in predictor.predict([e for e in examples if e.id in known]):
        expected = known[example.id]
        assert answer.value == (
            pytest.approx(expected, rel=1e-3, abs=1e-3) if isinstance(expected, float) else expected
        )


def test_an_existing_folder_is_refused_and_left_alone(case, data, tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(UserError, match="exists already"):
        train(data, tmp_path / "run", case)
    assert list((tmp_path / "run").iterdir()) == []


def test_a_wrong_option_leaves_nothing_behind(case, data, tmp_path):
    with pytest.raises(UserError, match="nonsense"):
        train(data, tmp_path / "run", case, nonsense=3)
    assert not (tmp_path / "run").exists()


def test_changed_data_is_refused(case, data, tmp_path):
    run = train(data, tmp_path / "run", case)
    target = data if data.is_file() else data / "dark" / "00.png"
    content = (data if data.is_file() else data / "bright" / "00.png").read_bytes()
    target.write_bytes(content.replace(b"red", b"rot") if data.is_file() else content)
    with pytest.raises(UserError, match="has changed"):
        run.test()


@pytest.mark.parametrize("name", ["recipe.json", "encoder/state.json", "weights.safetensors", "results.parquet"])
@pytest.mark.parametrize("harm", ["missing", "truncated", "hostile"])
def test_a_harmed_run_is_refused_in_a_sentence(name, harm, tmp_path):
    case = CASES["numbers"]
    data = case.make(tmp_path)
    run = train(data, tmp_path / "run", case)
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


def test_any_module_is_a_net(tmp_path):
    from torch import nn

    data = pictures(tmp_path)
    mine = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2))
    run = fathom.train(data, net=mine, epochs=2, out=tmp_path / "run")
    assert run.figures["dev"].value <= 0.5
    with pytest.raises(UserError, match="your own"):
        fathom.load(run.path).predict(str(data / "dark" / "00.png"))
    fresh = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2))
    assert fathom.load(run.path, net=fresh).predict(str(data / "dark" / "00.png"))[0].value in ("dark", "bright")


def test_unreadable_examples_are_listed(tmp_path):
    run = train(pictures(tmp_path), tmp_path / "run", CASES["pictures"])
    assert "broken.png" in (run.path / "skipped.csv").read_text()
    assert len(run.results) < 49


def test_the_budget_is_kept_and_the_rate_annealed(tmp_path):
    data = table(tmp_path, numeric_target=True)
    run = fathom.train(data, budget=2, out=tmp_path / "run")
    assert 1.0 < sum(r["seconds"] for r in run.history) < 6
    assert run.history[-1]["lr"] < 1e-4 < max(r["lr"] for r in run.history)


@pytest.mark.filterwarnings("ignore")
def test_a_loss_that_becomes_nan_stops_and_keeps_the_last_good_weights(tmp_path):
    from torch import nn

    data = table(tmp_path, numeric_target=True)
    asked = {"optimizer": "sgd", "schedule": "constant", "net": "logistic"}
    with pytest.raises(UserError, match="lower --lr"):
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
    assert "diverged" in {f.name for f in run.diagnose()}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fathom", *arguments]


def test_killed_at_random_moments_it_ends_with_the_same_bits(tmp_path):
    """`kill -9` on a real process, verified alive, at ten random moments and more."""
    data, out = pictures(tmp_path), tmp_path / "killed"
    asked = ["--net", "convnet", "--epochs", "500", "--batch-size", "4"]
    done = subprocess.run(command("train", str(data), *asked, "--out", str(tmp_path / "whole")), capture_output=True)
    assert done.returncode == 0, done.stderr
    rng = random.Random(0)
    kills, trained = 0, 0
    while kills < 10:
        started = RunFolder(out).has("recipe.json")
        if out.exists() and not started:
            for path in sorted(out.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            out.rmdir()
        more = ["--resume", str(out)] if started else [str(data), *asked, "--out", str(out)]
        process = subprocess.Popen(command("train", *more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + rng.uniform(0.5, 6)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        assert process.poll() is None, "it ended before it could be killed: make the training longer"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        trained += (out / "checkpoint").exists()
    assert trained > 0, "it was never killed while it trained: kill later"
    done = subprocess.run(command("train", "--resume", str(out)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert weights(out) == weights(tmp_path / "whole")
