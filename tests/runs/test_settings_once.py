"""Settings are resolved once: what the recipe says is what the task has and what is trained, from beginning to end."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import fathom
from fathom import tasks
from fathom.coaching.probe import MIN_SECONDS, encoded, exceeds_limit, probe
from fathom.coaching.run_context import Change, context_of
from fathom.data.source import resolve as resolve_source
from fathom.progress import Watcher
from fathom.records import Settings
from fathom.runs import data_scaling, label_error_search, prepare
from fathom.runs.request import Request
from fathom.runs.training_without_run import prepare_without_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> fathom.Run:
    """A small run."""
    return fathom.train("practice:iris", net="logistic", epochs=2, out=tmp_path_factory.mktemp("once") / "iris")


def disputed(folder: Path) -> dict[str, Any]:
    """Rows that three people have labelled, who do not always agree."""
    rows = [f"{i % 5},{'ab'[i % 2]},{'ab'[i % 2]},{'ab'[i % 2]},{'ba'[i % 2] if i % 9 == 0 else 'ab'[i % 2]}"
            for i in range(120)]  # fmt: skip
    (folder / "t.csv").write_text("\n".join(["x,kind,one,two,three", *rows]) + "\n", "utf-8")
    return {"data": folder / "t.csv", "target": "kind", "annotators": "one,two,three", "net": "logistic"}


def own_module(folder: Path) -> dict[str, Any]:
    """A module of the user's own, whose rate a range test finds, and whose precision is measured."""
    torch.manual_seed(0)
    return {"data": "practice:digits?n=120", "net": nn.Sequential(nn.Flatten(), nn.LazyLinear(10))}


def another_run(folder: Path) -> dict[str, Any]:
    """A training that starts from the weights of another, and takes its net and options over."""
    first = fathom.train("practice:iris", net="mlp", epochs=1, hidden=(6,), out=folder / "first")
    return {"data": "practice:iris", "init_from": first.path}


KINDS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "usual": lambda folder: {"data": "practice:iris"},
    "rate found": lambda folder: {"data": "practice:iris", "net": "mlp", "lr": "auto"},
    "human error": disputed,
    "own module": own_module,
    "another run": another_run,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_trained_is_what_the_recipe_says(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"epochs": 1, **KINDS[kind](tmp_path)}
    seen: list[tuple[Any, Settings]] = []

    def watched(net: nn.Module, task: Any, data: Any, settings: Settings, *rest: Any) -> Any:
        seen.append((task, settings))
        return real(net, task, data, settings, *rest)

    from fathom.runs import train

    real = train.fit
    monkeypatch.setattr(train, "fit", watched)
    run = fathom.train(**asked, out=tmp_path / "run")
    [(task, trained)] = seen
    recorded = Settings.from_dict(run.folder.read_recipe()["resolved"]["settings"])
    assert trained.to_dict() == recorded.to_dict() == task.settings.to_dict()
    assert recorded.lr is not None
    if kind == "rate found":
        assert recorded.lr != fathom.train(**{**asked, "lr": None}, out=tmp_path / "usual").folder.read_recipe()[
            "resolved"]["settings"]["lr"]  # fmt: skip
    if kind == "human error":
        assert recorded.human_error is not None
        assert recorded.human_error > 0
    if kind == "own module":
        assert recorded.net == "custom:Sequential"
    if kind == "another run":
        assert (recorded.net, list(recorded.options["hidden"])) == ("mlp", [6])


def test_a_task_keeps_the_settings_that_it_was_built_with() -> None:
    task = tasks.by_name("table")(Settings(net="mlp"))
    with pytest.raises(AttributeError):
        task.settings = Settings()  # type: ignore[misc]
    other = task.clone(Settings(net="logistic"))
    assert (task.settings.net, other.settings.net) == ("mlp", "logistic")


def assigned(tree: ast.AST) -> list[int]:
    """Lines at which an attribute `settings` of something is set."""
    targets: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets.append(node.target)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            targets += [ast.Attribute(node.args[0], str(getattr(one, "value", ""))) for one in node.args[1:2]]
            targets[-1].lineno = node.lineno
    parts = [part for one in targets for part in ast.walk(one)]
    return sorted(
        one.lineno for one in parts if isinstance(one, ast.Attribute) and one.attr in ("settings", "_settings")
    )


def test_no_place_sets_the_settings_of_a_task() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("src", "benchmarks", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if "course" not in path.parts
        for line in assigned(ast.parse(path.read_text("utf-8")))
    }
    allowed = {name for name in found if name.startswith(("src/fathom/task.py", "tests/runs/test_settings_once.py"))}
    assert found - allowed == set()
    assert len([name for name in allowed if name.startswith("src")]) == 2  # the constructor, and a clone's
    planted = "a.settings = 1\n(b, c.settings) = 1, 2\nsetattr(d, 'settings', 3)\ne.settings += 4\n"
    assert assigned(ast.parse(planted)) == [1, 2, 3, 4]


def test_to_resolve_changes_nothing_and_gives_the_same_again() -> None:
    asked = Settings(epochs=3)
    reader = tasks.by_name("table")(asked)
    examples = reader.examples(resolve_source("practice:iris"))
    before = dict(vars(reader))
    one, two = (prepare.resolve(reader, examples.items, replace(asked, net="mlp")) for _ in range(2))
    assert one == two
    assert (one.net, one.epochs) == ("mlp", 3)
    assert vars(reader) == before
    assert reader.settings is asked
    own = prepare.resolve(reader, examples.items, asked, own_net="Mine")
    assert (own.net, own.lr) == ("custom:Mine", prepare.resolve(reader, examples.items, asked).lr)


class Reached(Exception):  # noqa: N818 (it is no error)
    """The one way was taken."""


def reached(reader: Any, settings: Settings, *_: Any, **__: Any) -> None:
    assert settings.lr is not None  # resolved
    assert not hasattr(reader, "classes_")  # fitted to nothing
    raise Reached


def to_train(run: fathom.Run, folder: Path) -> None:
    fathom.train("practice:iris", net="logistic", epochs=1, out=folder / "run")


def to_try(run: fathom.Run, folder: Path) -> None:
    prepare_without_run(Request(data="practice:iris"), Watcher())


def to_probe(run: fathom.Run, folder: Path) -> None:
    probe(context_of(run.folder), Change(), 0, 1.0, Watcher())


def to_judge_labels(run: fathom.Run, folder: Path) -> None:
    pytest.importorskip("cleanlab")
    label_error_search.find_label_errors(tasks.by_name("table"), resolve_source("practice:iris"), Watcher())


def to_scale_data(run: fathom.Run, folder: Path) -> None:
    data_scaling.compare_over_sizes("practice:iris", "20,40", Watcher(), net="logistic", epochs=1)


@pytest.mark.parametrize("way", [to_train, to_try, to_probe, to_judge_labels, to_scale_data])
def test_all_ways_to_a_training_are_one(
    way: Callable[[fathom.Run, Path], None], iris: fathom.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "fitted", reached)
    with pytest.raises(Reached):
        way(iris, tmp_path)


def test_the_budget_of_a_probe_stays_with_the_probe(iris: fathom.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from fathom.coaching import probe as probing

    budgets: list[float | None] = []
    real = probing.fit_without_run

    @functools.wraps(real)
    def watched(*args: Any, budget: float | None = None, **rest: Any) -> Any:
        budgets.append(budget)
        return real(*args, budget=budget, **rest)

    monkeypatch.setattr(probing, "fit_without_run", watched)
    context = context_of(iris.folder)
    prepared = encoded(context, context.settings)
    assert not exceeds_limit(prepared, 400.0, Watcher())
    assert budgets == [MIN_SECONDS]
    assert prepared.task.settings.budget is None
    assert encoded(context, context.settings, share=0.5).task.settings.epochs == 1
    assert context.settings.epochs == 2
