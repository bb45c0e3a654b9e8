"""What takes longer, in a real browser, to its end: the check of each project, and the learner's own framework."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from course_browser import Page

from fathom.learning import cat_recognizer, faulty_runs, own_training, projects
from fathom.learning.course import find
from fathom.learning.own_data import Split, error
from fathom.learning.progress import code_of
from fathom.learning.workspace import Workspace

pytest.importorskip("latex2mathml")
pytest.importorskip("selenium")

BRIGHTER = """import numpy as np


def recognize(x, y, x_new, rng):
    mean = x_new.mean(axis=1)
    return (mean > np.median(mean)).astype(int)
"""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project of cats, shrunken: 80 pictures that are bright where there is a cat, and a rival who guesses."""

    def split(seed: int) -> tuple[np.ndarray, ...]:
        y = np.arange(40) % 2
        x = np.random.default_rng(seed).random((40, 1728)) * 0.1 + y[:, None]
        return x, y, x, y

    monkeypatch.setattr(cat_recognizer, "drawn", lambda: iter([(None, "80 pictures [of cats] are drawn ...")]))
    monkeypatch.setattr(cat_recognizer, "split", split)
    monkeypatch.setattr(cat_recognizer, "rival", lambda folder, seed: np.arange(40) % 4 == 0)


def test_the_cats_are_checked_in_the_page_and_passed(begun: Page, few: None) -> None:
    begun.open("project/cats")
    begun.one("#check").click()
    begun.says(".now.no", "not passed yet")
    begun.says(".log", "not written yet")
    begun.set_text(BRIGHTER)
    begun.one("#check").click()
    begun.says(".log", "[of cats]")  # what stands in brackets is shown
    begun.says(".log .yes", "25.0 points better")
    begun.says(".now", "passed")
    begun.says("#passed", "You have passed it")
    begun.until("!document.querySelector('#passed').hidden")
    assert projects.passed(Workspace(begun.lessons.folder)) == {"cats"}
    begun.go("map")
    begun.until("document.querySelector('.tile.project.solved')")


def test_a_check_that_takes_long_says_where_it_is_and_is_cancelled(
    begun: Page, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn() -> Iterator[tuple[None, str]]:
        while True:
            time.sleep(0.05)
            yield None, "one more picture"

    monkeypatch.setattr(cat_recognizer, "drawn", drawn)
    begun.open("project/cats")
    begun.set_text(BRIGHTER)
    begun.one("#check").click()
    begun.says(".now", "one more picture · ")
    begun.press("Cancel")
    begun.says(".now", "Cancelled")
    assert begun.lessons.jobs.running() is None
    assert projects.passed(Workspace(begun.lessons.folder)) == set()


def test_sick_runs_are_named_and_repaired_in_the_page(begun: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = faulty_runs.FAULTS[0]
    curves = faulty_runs.train({}, 0)
    sick = {name: faulty_runs.Sick(fault, 1, 0, curves) for name in faulty_runs.RUNS}
    monkeypatch.setattr(faulty_runs, "draw", lambda who: sick)
    monkeypatch.setattr(faulty_runs, "repaired", lambda name, one, change: (bool(change), f"{name}: {change}"))
    begun.open("project/sick-runs")
    begun.one("#check").click()
    begun.says(".log", "a healthy run")
    begun.says(".now.no", "not passed yet")
    named = dict.fromkeys(faulty_runs.RUNS, fault.name)
    repair = {name: {"hidden": [8]} for name in faulty_runs.RUNS}
    begun.set_text(f"def answers():\n    return {{'diagnosis': {named}, 'repair': {repair}}}\n")
    begun.one("#check").click()
    begun.says(".log .yes", fault.name)
    begun.says(".log", "{'hidden': [8]}")
    begun.says(".now", "passed")


def test_flights_are_counted_in_the_page(begun: Page) -> None:
    workspace = Workspace(begun.lessons.folder)
    begun.open("project/flight")
    begun.one("#check").click()
    begun.says(".now.no", "not passed yet")
    for scenario in ("few", "noisy", "narrow", "hurried"):
        for seed in (1, 2):
            told = {"scenario": scenario, "seed": seed, "taken": [], "profit": 90, "regret": 10}
            workspace.progress.add("flight decided", None, drawn=True, **told)
            workspace.progress.add("flown", None, **told)
    begun.one("#check").click()
    begun.says(".log .yes", "4 of 4 scenarios")
    begun.says(".now", "passed")


@pytest.mark.parametrize("name", ["own-pictures", "own-sequences"])
def test_a_run_of_ones_own_is_judged_in_the_page(name: str, begun: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"own-pictures": "detection", "own-sequences": "music"}[name]
    baseline = {"name": "the mean", "value": 0.5, "difference": {"value": -0.2, "low": -0.3, "high": -0.1}}
    recipe = {"resolved": {"task": task, "source": {"text": "mine", "path": "/mine"}}, "looks_at_test": 1}
    figures = {"splits": {"test": {"value": 0.3}}, "test_baselines": [baseline]}
    run = SimpleNamespace(read_recipe=lambda: recipe, figures=lambda: figures)
    metric = SimpleNamespace(label="error", show=lambda value: f"{100 * value:.0f} %")
    begun.open(f"project/{name}")
    begun.one("#check").click()
    begun.says(".now.no", "give your run")
    monkeypatch.setattr("fathom.runs.folder.RunFolder.open", lambda path: run)
    monkeypatch.setattr("fathom.runs.load.load_task", lambda folder, recipe: SimpleNamespace(metric=metric))
    begun.one("#run-path").send_keys("runs/mine-1")
    begun.one("#check").click()
    begun.says(".log", "error on test 30 %, the mean 50 %")
    begun.says(".now", "passed")


def solve(folder: Path, *names: str) -> None:
    workspace = Workspace(folder)
    for one in map(find, names):
        workspace.path(one).write_text(one.solution, "utf-8")
        workspace.progress.add("checked", one, code=code_of(one.solution), check=one.version, passed=True)


def test_the_framework_is_shown_tested_and_trained_with(begun: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of the cats' kind, shrunken: a dense net on made-up pictures, both sides for real."""

    def made(workspace: Workspace, box: object) -> Iterator[Split]:
        x = np.random.default_rng(0).normal(size=(60, 3, 4, 4))
        y = (x.mean((1, 2, 3)) > 0).astype(int)
        yield Split(x[:40], y[:40], x[40:], y[40:], 2, error)

    cats, *others = own_training.TRAININGS
    small = own_training.Training(**{**vars(cats), "data": made, "epochs": 2})
    monkeypatch.setattr(own_training, "TRAININGS", (small, *others))
    begun.open("mynn")
    begun.says(".layers", "dense-layer is not solved")
    assert begun.script("return document.querySelector('#mynn-cats').disabled")
    assert not (begun.lessons.folder / "mynn").exists()
    solve(begun.lessons.folder, "dense-layer", "initialization", "softmax-cross-entropy", "training-loop")
    begun.go("map")
    begun.go("mynn")
    there = "[...document.querySelectorAll('.layers .there')].find(one => one.textContent.includes('Dense'))"
    assert begun.until(f"{there}.querySelector('a').getAttribute('href')") == f"#{find('dense-layer').id}"
    begun.one("#mynn-tests").click()
    begun.says(".log", "Dense: ")
    begun.says(".log", "a small net learns twelve examples by heart")
    begun.until("!document.querySelector('#mynn-cats').disabled")
    begun.one("#mynn-cats").click()
    figures = "[...document.querySelectorAll('.log li')].find(one => one.textContent.includes('logits differ by'))"
    begun.until(figures)
    assert "in " in begun.until(f"{figures}.textContent")
    begun.says("main", "left out, since mynn has no Convolution, MaxPool yet")
    begun.go("map")
    begun.go("mynn")
    begun.until(figures)  # it is still told
    begun.says(".log", "Dense: ")
