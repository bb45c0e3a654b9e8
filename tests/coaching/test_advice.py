"""The coach: gains that cover what is true, curves that are followed or not, and advice on runs with a fault."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from rich.console import Console

import fathom
from fathom.checking.across_splits import LEAK_ACROSS_SPLITS
from fathom.checking.classes import CLASS_IMBALANCE
from fathom.coaching.advice import advise, candidates, reason_to_stop
from fathom.coaching.apply_advice import LOG, apply
from fathom.coaching.causes import ordered
from fathom.coaching.learning_curve import curve_of
from fathom.coaching.probe import probe
from fathom.coaching.remedies import GROUP, available_remedies
from fathom.coaching.remedy import Remedy
from fathom.coaching.render import advice_table
from fathom.coaching.run_context import Change, RunContext, context_of
from fathom.diagnosis.baseline import BELOW_BASELINE
from fathom.diagnosis.decomposition import UNDECIDED, VARIANCE
from fathom.diagnosis.slices import SLICE_IS_WORSE
from fathom.errors import UserError
from fathom.interrupts import CODE, Stopped, interrupts
from fathom.learning.course import of_topic
from fathom.progress import Watcher
from fathom.records import Interval, Settings
from fathom.runs.request import overridden
from fathom.training.health.check import Detection
from fathom.training.health.checks.low_learning_rate import LowLearningRate
from fathom.training.health.checks.unfinished import Unfinished


@pytest.fixture(scope="module")
def crawling(tmp_path_factory: Any) -> fathom.Run:
    """A run whose rate is far too low."""
    return fathom.train(
        "practice:breast-cancer", net="mlp", lr=3e-6, epochs=8, out=tmp_path_factory.mktemp("coach") / "run"
    )


def test_every_remedy_keeps_the_contract(crawling: fathom.Run) -> None:
    context = context_of(crawling.folder)
    pool = available_remedies()
    assert len({remedy.name for remedy in pool}) == len(pool)
    for remedy in pool:
        assert remedy.title
        assert remedy.why
        assert remedy.effort in (0, 1, 2)
        assert of_topic(remedy.lesson) is not None, remedy.name
        change = remedy.probe(context)
        if change is not None:
            context.settings_with(change, 1)  # settings that can be
            assert remedy.effort or context.command(change).startswith("fathom train ")


def test_options_as_they_are_typed_are_understood_and_do_not_follow_to_another_net(tmp_path: Path) -> None:
    from fathom.tuning.search_space import Choice, space_of

    typed = {"hidden": "3", "size": "12"}  # of the net, and of the task
    run = fathom.train("practice:digits?n=120", net="mlp", options=typed, epochs=1, out=tmp_path / "run")
    context = context_of(run.folder)
    assert context.size() == ("hidden", (3,))
    probes = {remedy.name: change for remedy in available_remedies() if (change := remedy.probe(context)) is not None}
    assert probes["larger_net"].settings["options"] == {"hidden": (6,)}
    assert context.settings_with(probes["larger_net"], 1).options == {"hidden": (6,), "size": "12"}
    assert context.settings_with(probes["usual_net"], 1).options == {"size": "12"}
    assert "--set size=12" in context.command(probes["usual_net"])
    assert "hidden" not in context.command(probes["usual_net"])
    space = space_of(context.task, context.net, Settings())
    assert space["set.hidden"] == Choice(("2", "3", "6"), "3")


def test_columns_that_were_set_apart_stay_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fathom.coaching.apply_advice import _trained
    from fathom.coaching.causes import causes

    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    kinds = rng.choice(["a", "b"], 200)
    rows = [f"{rng.normal() + (k == 'a'):.3f},{k},{2000 + i // 20},{k}" for i, k in enumerate(kinds)]
    Path("t.csv").write_text("\n".join(["x,said,year,kind", *rows]) + "\n")
    asked = {"target": "kind", "annotators": "said", "split_by": "time=year"}
    run = fathom.train("t.csv", net="logistic", epochs=1, out="first", **asked)
    context = context_of(run.folder)
    new: list[Any] = []
    change = next(remedy for remedy in available_remedies() if remedy.name == "usual_net").probe(context)
    assert change is not None
    _trained(run.folder, context, change, Watcher(), new, lambda line: None)
    assert context_of(new[0]).source == context.source
    command = context.command(change)
    assert all(f" {said} " in command for said in ("--target kind", "--split-by time=year", "--annotators said"))
    assert " --splits first " in f"{command} "
    assert "leaking_column" not in {one.name for one in causes(run.folder, Watcher())}


def test_what_few_dev_examples_leave_open_is_no_reason_to_stop(crawling: fathom.Run) -> None:
    plain = context_of(crawling.folder)
    task = plain.task.clone(replace(plain.settings, human_error=0.2))

    def stopped(value: float, low: float, high: float, *names: str) -> str:
        levels = [("human", Interval(0.2, 0.2, 0.2)), ("dev", Interval(value, low, high))]
        taken = replace(plain.decomposition, levels=levels, kind=UNDECIDED)
        return reason_to_stop(replace(plain, task=task, decomposition=taken, findings=frozenset({"undecided", *names})))

    assert not stopped(0.333, 0.192, 0.512)
    assert "dev, 21.0 % (19.0–23.2), cannot be told from what people reach, 20.0 %" in stopped(0.21, 0.19, 0.232)
    assert stopped(0.1, 0.05, 0.2)
    for name in ("below_baseline", "no_better_than_majority", "never_predicted", "low_learning_rate", "dead_units"):
        assert not stopped(0.21, 0.19, 0.232, name)


def test_a_run_of_so_many_seconds_is_probed_for_a_part_of_them(tmp_path: Path) -> None:
    run = fathom.train("practice:iris", net="mlp", budget=4, out=tmp_path / "run")
    began = time.monotonic()
    probe(context_of(run.folder), Change(), 1, 0.25, Watcher())
    assert time.monotonic() - began < 3.5  # of a second of training, not of four


def test_a_rate_that_is_too_low_is_what_the_coach_mends(crawling: fathom.Run) -> None:
    context = context_of(crawling.folder)
    assert "low_learning_rate" in context.findings
    advice = advise(context, 45.0, Watcher())
    best = advice.first or advice.likely  # on a busy machine the seconds are enough for the first round alone
    assert best is not None, advice.sentence
    assert best.name in ("higher_rate", "rate_of_range_test", "usual_net")
    assert best.gain is not None
    assert best.gain.interval.low > 0
    assert json.loads((crawling.path / "next.json").read_text("utf-8"))["sentence"] == advice.sentence


class Asked(Watcher):
    """Asks to stop from the beginning."""

    def stop_requested(self) -> bool:
        """Always."""
        return True


@pytest.mark.parametrize(
    ("budget", "watcher", "told"),
    [(1e-3, Watcher(), "seconds were over before any remedy"), (60.0, Asked(), "it was stopped before any remedy")],
)
def test_what_ends_while_the_data_is_looked_at_tells_what_was_found_of_the_run(
    crawling: fathom.Run, budget: float, watcher: Watcher, told: str
) -> None:
    advice = advise(context_of(crawling.folder), budget, watcher, pool=[])
    assert told in advice.sentence
    assert ("--budget" in advice.sentence) is (budget < 1)
    assert advice.stopped
    assert "low_learning_rate" in {one.name for one in advice.wrong}
    assert advice.figure == crawling.figures["dev"].value
    assert json.loads((crawling.path / "next.json").read_text("utf-8"))["sentence"] == advice.sentence


def test_ctrl_c_while_the_data_is_read_is_answered(
    crawling: fathom.Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fathom.cli.training import next_

    def pressed(*_: Any) -> None:
        monkeypatch.setattr(interrupts, "leaving", time.monotonic())
        raise Stopped

    monkeypatch.setattr("fathom.coaching.run_context.context_of", pressed)
    with pytest.raises(typer.Exit) as left:
        next_(crawling.path, "60s", as_json=True)
    assert left.value.exit_code == CODE
    said = json.loads(capsys.readouterr().out)
    assert said["sentence"] == "it was stopped before any remedy had been tried"
    assert "low_learning_rate" in {one["name"] for one in said["causes"]}


class Nothing(Remedy):
    """Changes nothing."""

    name, title, why = "nothing", "do nothing", "It is what it is."

    def probe(self, context: RunContext) -> Change:
        """The same settings."""
        return Change({"grad_clip": context.settings.grad_clip})


class Point:
    """An entry point of another package."""

    def load(self) -> type[Remedy]:
        """The class that it names."""
        return Nothing


def test_remedies_of_other_packages_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fathom.coaching.remedies.entry_points", lambda group: [Point()] if group == GROUP else [])
    assert available_remedies()[-1].name == "nothing"


def test_a_remedy_that_does_nothing_is_not_advised(crawling: fathom.Run) -> None:
    advice = advise(context_of(crawling.folder), 20.0, Watcher(), pool=[Nothing()])
    assert advice.first is None
    assert "no remedy can be told from doing nothing" in advice.sentence


class Planned(Remedy):
    """Changes what it was told."""

    title, why = "change it", "It is what it is."

    def __init__(self, name: str, change: Change, fitting: bool = True) -> None:
        self.name, self.change, self.fitting = name, change, fitting  # type: ignore[misc]

    def probe(self, context: RunContext) -> Change:
        """As it was told."""
        return self.change

    def fits(self, context: RunContext) -> bool:
        """As it was told."""
        return self.fitting


def test_what_fits_is_tried_first_and_the_dear_after_the_cheap(crawling: fathom.Run) -> None:
    context = context_of(crawling.folder)
    epochs = context.settings.epochs or 1
    pool = [
        Planned("beside", Change({"grad_clip": 1.0}), fitting=False),
        Planned("longer", Change({"epochs": 3 * epochs})),
        Planned("another net", Change({"net": "logistic"}, fresh=True)),
        Planned("rate", Change({"lr": 0.01})),
    ]
    assert [name for name, _ in candidates(context, pool, 4)] == ["rate", "longer", "another net", "beside"]


def test_applying_leaves_a_log_and_a_better_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    begun = fathom.train("practice:iris", net="mlp", lr=3e-6, epochs=6, out=tmp_path / "begun")
    done = apply(begun.folder, 60.0, Watcher(), steps=1)
    text = (begun.path / LOG).read_text("utf-8")
    assert "## Step 1" in text
    assert "It ended, since" in text
    assert len(done.runs) == 2
    assert fathom.load(done.best.path).figures["dev"].value < begun.figures["dev"].value


def test_a_run_without_dev_cannot_be_coached(tmp_path: Path) -> None:
    alone = fathom.train("practice:iris", net="mlp", epochs=1, dev="none", out=tmp_path / "run")
    with pytest.raises(UserError, match="no dev split"):
        context_of(alone.folder)


def test_what_is_most_likely_wrong_is_told_first(crawling: fathom.Run) -> None:
    advice = advise(context_of(crawling.folder), 15.0, Watcher(), pool=[Nothing()])
    assert advice.causes[0].name == "low_learning_rate"
    kept = json.loads((crawling.path / "next.json").read_text("utf-8"))
    assert kept["causes"][0]["title"] == advice.causes[0].title
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(advice_table(advice, context_of(crawling.folder).metric))
    shown = console.export_text()
    assert shown.index("most likely wrong") < shown.index(advice.sentence[:30])


def test_a_curve_over_epochs_trains_each_length_anew(tmp_path: Path) -> None:
    run = fathom.train("practice:digits", net="logistic", epochs=8, lr=3e-4, schedule="constant", out=tmp_path / "r")
    curve = curve_of(context_of(run.folder), Watcher(), None, "epochs")
    assert curve.sizes == (1, 2, 4, 8)
    values = [one.value for one in curve.errors]
    assert values == sorted(values, reverse=True)
    assert (curve.doubled is None) == bool(curve.why)
    assert "epochs_curve" in {one.name for one in run.folder.findings()}
    with pytest.raises(UserError, match="give `budget="):
        curve_of(context_of(run.folder), Watcher(), 1.0, "epochs")
    with pytest.raises(UserError, match="choose one of data, epochs"):
        curve_of(context_of(run.folder), Watcher(), None, "classes")


def test_remedies_that_break_what_is_required_are_not_advised(tmp_path: Path) -> None:
    run = fathom.train(
        "practice:iris", net="mlp", options={"hidden": (4,)}, epochs=2, require=("parameters<100",), out=tmp_path / "r"
    )
    with pytest.raises(UserError, match="parameters<100"):
        probe(context_of(run.folder), Change({"options": {"hidden": (64,)}}), 0, 1.0, Watcher())


def test_causes_stand_before_symptoms() -> None:
    symptom = BELOW_BASELINE.found("symptom", {})
    part = SLICE_IS_WORSE.found("part", {})
    gap = VARIANCE.found("gap", {})
    remark = Unfinished().finding(Detection("remark"))  # no fault of the steps
    uneven = CLASS_IMBALANCE.found("uneven", {}, most="", share="")  # a note, but a cause
    leak = LEAK_ACROSS_SPLITS.found("leak", {}, kind="rows")
    fault = LowLearningRate().finding(Detection("fault"))  # a warning, and the leak is a problem
    causes_first = ["fault", "leak", "uneven", "gap", "remark", "symptom", "part"]
    for given in permutations([symptom, part, gap, remark, uneven, leak, fault]):
        assert [f.title.rpartition(": ")[2] for f in ordered(given)] == causes_first


@pytest.mark.parametrize(("names", "times"), [({"low_learning_rate"}, 30), ({"unfinished"}, 3), (set(), 3)])
def test_the_rate_is_raised_as_many_times_as_is_said(crawling: fathom.Run, names: set[str], times: int) -> None:
    [remedy] = [one for one in available_remedies() if one.name == "higher_rate"]
    context = replace(context_of(crawling.folder), findings=frozenset(names))
    change = remedy.probe(context)
    assert change is not None
    assert change.settings["lr"] == pytest.approx(times * 3e-6)
    assert remedy.describe(context, change) == f"raise the learning rate {times}-fold"
    assert f"--lr {times * 3e-6:g}" in context.command(change)


def test_a_rate_is_raised_to_10_at_most_and_that_is_said(crawling: fathom.Run) -> None:
    [remedy] = [one for one in available_remedies() if one.name == "higher_rate"]
    context = context_of(crawling.folder)
    task = context.task.clone(replace(context.settings, lr=4.0))
    context = replace(context, task=task, findings=frozenset())
    change = remedy.probe(context)
    assert change is not None
    assert change.settings["lr"] == 10.0
    assert remedy.describe(context, change) == "raise the learning rate 2.5-fold"


def test_what_is_said_beside_a_recipe_stands_before_it() -> None:
    recorded = Settings(net="mlp", lr=0.1, epochs=4, options={"hidden": (4,)})
    assert overridden(recorded, Settings(epochs=9)) == replace(recorded, epochs=9)
    other = overridden(recorded, Settings(net="logistic"))
    assert (other.net, other.lr, dict(other.options)) == ("logistic", None, {})


def test_rare_classes_can_count_more(tmp_path: Path) -> None:
    rows = [f"{i % 7},{'rare' if i % 20 == 0 else 'usual'}" for i in range(200)]
    (tmp_path / "t.csv").write_text("x,kind\n" + "\n".join(rows) + "\n", "utf-8")
    trained = fathom.train(
        tmp_path / "t.csv", target="kind", net="logistic", epochs=2, class_weight_power=1.0, out=tmp_path / "r"
    )
    assert trained.folder.read_recipe()["resolved"]["settings"]["class_weight_power"] == 1.0
    context = context_of(trained.folder)
    from fathom.coaching.probe import encoded

    data = encoded(context, context.settings).data()
    assert data.importance is not None
    train = data.importance[data.train]
    assert train.mean() == pytest.approx(1.0, rel=1e-4)
    assert train.max() / train.min() == pytest.approx(19, rel=0.35)
