"""Trainings like the run: they begin where it began, keep what was said, and are typed as they were measured."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fathom
from fathom.coaching.apply_advice import _trained
from fathom.coaching.gains import figure
from fathom.coaching.probe import encoded, probe
from fathom.coaching.remedies import available_remedies
from fathom.coaching.run_context import Change, context_of
from fathom.errors import UserError
from fathom.progress import Interrupted, Watcher
from fathom.records import Settings
from fathom.runs.request import Request, request_of, understand
from fathom.runs.training_without_run import prepare_without_run
from watchers import RecordingWatcher, StoppingWatcher


@pytest.fixture(scope="module")
def begun(tmp_path_factory: Any) -> tuple[fathom.Run, fathom.Run]:
    """A run that has learned, and one that starts from it and learns next to nothing more."""
    folder = tmp_path_factory.mktemp("from")
    first = fathom.train("practice:digits?n=500", net="mlp", epochs=8, out=folder / "first")
    data = "practice:digits?n=150"
    return first, fathom.train(data, init_from=first.path, epochs=1, lr=1e-9, out=folder / "second")


def test_a_recipe_starts_from_the_weights_that_the_run_started_from(begun: Any, tmp_path: Path) -> None:
    _, second = begun
    watcher = RecordingWatcher()
    again = fathom.train(recipe=second.path, out=tmp_path / "again", watcher=watcher)
    assert watcher.of("start")
    assert again.figures["dev"].value == second.figures["dev"].value < 0.3
    third = fathom.train(recipe=again.path / "recipe.json", out=tmp_path / "third")
    assert third.figures["dev"].value == second.figures["dev"].value
    with pytest.raises(UserError, match=r"first \(net mlp\), which logistic cannot take"):
        fathom.train(recipe=second.path, net="logistic", out=tmp_path / "no")
    with pytest.raises(UserError, match="start from scratch"):
        prepare_without_run(Request(recipe=second.path), Watcher())


def test_probes_and_what_is_applied_start_from_the_weights_that_the_run_started_from(
    begun: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, second = begun
    context = context_of(second.folder)
    now = second.figures["dev"].value
    rows = probe(context, Change(), 1000, 1.0, Watcher()).rows
    assert figure(context.metric, rows.sum(0)) == pytest.approx(now, abs=0.04)
    assert encoded(context, context.settings).task.state() == context.task.state()
    scratch = probe(context, Change({"lr": 1e-9}, fresh=True), 1000, 1.0, Watcher()).rows
    assert figure(context.metric, scratch.sum(0)) > now + 0.3
    new: list[Any] = []
    _trained(second.folder, context, Change({"lr": 3e-9}), Watcher(), new, lambda line: None)
    assert fathom.load(new[0].path).figures["dev"].value == pytest.approx(now, abs=0.04)


def test_where_the_start_is_gone_it_is_said(begun: Any, tmp_path: Path) -> None:
    first, _ = begun
    start = shutil.copytree(first.path, tmp_path / "start")
    run = fathom.train("practice:digits?n=150", init_from=start, epochs=1, out=tmp_path / "run")
    shutil.rmtree(start)
    with pytest.raises(UserError, match=r"start, and trainings like it cannot be made"):
        context_of(run.folder)
    with pytest.raises(UserError, match="start, which are gone"):
        fathom.train(recipe=run.path, out=tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_run_that_was_stopped_before_its_first_checkpoint_goes_on_from_its_start(begun: Any, tmp_path: Path) -> None:
    _, second = begun
    with pytest.raises(Interrupted):
        fathom.train(recipe=second.path, out=tmp_path / "run", watcher=StoppingWatcher())
    shutil.rmtree(tmp_path / "run" / "checkpoint", ignore_errors=True)  # as if it was killed
    assert fathom.train(resume=tmp_path / "run").figures["dev"].value == second.figures["dev"].value


@pytest.fixture(scope="module")
def told(tmp_path_factory: Any) -> fathom.Run:
    """A run of which much was said, in a folder whose name must be quoted."""
    folder = tmp_path_factory.mktemp("my data")
    rng = np.random.default_rng(0)
    kinds, sites = rng.choice(["p", "q > r"], 160, p=[0.4, 0.6]), rng.choice(["A", "B's"], 160)
    rows = [
        f"{rng.normal() + 2 * (k == 'p'):.3f},{k},g{i // 4},{s}"
        for i, (k, s) in enumerate(zip(kinds, sites, strict=True))
    ]
    (folder / "t.csv").write_text("\n".join(["x,y,who,site", *rows]) + "\n")
    return fathom.train(
        folder / "t.csv", target="y", group="who", source="site", net="logistic", epochs=2, lr=0.0123456789,
        label_smoothing=0.1, class_weight_power=0.5, cost={"p": 2.0, "q > r": 3.5},
        source_weight={"A": 3.0}, human_error=0.01,
        require=["parameters<1000000"], batch_size=16, warmup=0.1, seed=3, out=folder / "run",
    )  # fmt: skip


def parsed(command: str, monkeypatch: pytest.MonkeyPatch) -> Request:
    """The request that the command line makes of it."""
    from fathom import api
    from fathom.cli import main

    heard: list[Request] = []

    def train(data: str | None, watcher: Any, **asked: Any) -> None:
        heard.append(request_of(data, asked))

    monkeypatch.setattr(api, "train", train)
    words = shlex.split(command)
    assert words[0] == "fathom"
    main.app(words[1:], standalone_mode=False)
    return heard[0]


def alike(settings: Settings) -> dict[str, Any]:
    """As JSON keeps it, options as they are typed, and six digits of each number."""
    plain = {k: list(v) if isinstance(v, (tuple, list)) else v for k, v in settings.to_dict().items()}
    plain |= {k: float(f"{v:.6g}") for k, v in plain.items() if isinstance(v, float)}
    return plain | {"options": {k: str(v).strip("()[],") for k, v in settings.options.items()}}


def test_what_is_to_be_typed_is_what_was_measured(told: fathom.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    context = context_of(told.folder)
    probes = {
        r.name: change
        for r in available_remedies()
        if (change := r.probe(context)) is not None and context.command(change)
    }
    probes["several"] = Change(
        {"options": {"note": "two words, 'quoted'"}, "grad_clip": 0.1234567891}, {"exclude": "a b.csv"}
    )
    assert {"usual_net", "lower_rate"} <= set(probes)
    for name, change in probes.items():
        request = parsed(context.command(change), monkeypatch)
        measured = context.settings_with(change, context.settings.seed)
        if change.fresh:
            assert alike(request.settings) == alike(replace(measured, device=None)), name  # this machine's own
            assert request.splits == told.path
            assert understand(request)[0] == context.source
        else:
            given = replace(request, exclude=None)
            assert alike(understand(given)[1].settings) == alike(measured), name
            assert request.exclude == change.source.get("exclude")


def test_a_device_that_was_not_this_machines_choice_is_typed(told: fathom.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    context, change = context_of(told.folder), Change({"net": "mlp"}, fresh=True)
    assert "--device" not in context.command(change)
    monkeypatch.setattr("fathom.training.hardware.best_device", lambda: "cuda")
    assert "--device cpu" in context.command(change)


def test_what_was_said_is_kept_through_recipes(told: fathom.Run, tmp_path: Path) -> None:
    again = fathom.train(recipe=told.path, epochs=1, out=tmp_path / "again")
    context, before = context_of(again.folder), context_of(told.folder)
    fresh = Change({"net": "mlp", "lr": None, "epochs": None}, fresh=True)
    assert alike(context.settings_with(fresh, 3)) == alike(before.settings_with(fresh, 3))
    assert context.asked() == replace(before.asked(), epochs=1)
    assert "--cost p=2 " in context.command(fresh)
    assert (
        probe(context, fresh, 3, 0.2, Watcher()).rows.sum(0)[1]
        == probe(context, Change(), 3, 1.0, Watcher()).rows.sum(0)[1]
    )
    other = fathom.train(recipe=again.path, net="mlp", out=tmp_path / "other", epochs=1)
    said = context_of(other.folder).asked()
    # those were the other net's
    assert (said.net, said.lr, said.batch_size, said.class_weight_power) == ("mlp", None, None, 0.5)


def test_what_the_coach_found_out_does_not_count_as_said(
    told: fathom.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    context, new = context_of(told.folder), []
    _trained(told.folder, context, Change({"lr": 0.004}), Watcher(), new, lambda line: None)
    applied = context_of(new[0])
    assert applied.settings.lr == 0.004
    assert applied.asked() == replace(context.asked(), lr=0.004)
    assert applied.asked().optimizer is None
    assert applied.settings.optimizer == context.settings.optimizer
