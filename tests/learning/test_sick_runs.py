"""The six sick runs: drawn for each learner, told apart by what is shown, every answer explained from the curves."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from fathom.learning import faulty_runs, projects
from fathom.learning.faults import FAULTS
from fathom.learning.faulty_runs import NAMES, ROWS, RUNS, STUB, Sick, draw
from fathom.learning.measured_training import USUAL, Measured, train
from fathom.learning.workspace import Workspace

ANSWERS = "\n\ndef answers():\n    return {{'diagnosis': {diagnosis}, 'repair': {repair}}}\n"
LEARNERS = tuple(f"2026-01-{day:02d}" for day in range(1, 5))


@cache
def runs(who: str) -> dict[str, Sick]:
    return draw(who)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(faulty_runs, "draw", lambda who: runs(LEARNERS[0]))
    return Workspace.start(tmp_path / "course")


def told(workspace: Workspace, diagnosis: object, repair: object) -> list[tuple[bool | None, str]]:
    (workspace.folder / faulty_runs.FILE).write_text(ANSWERS.format(diagnosis=diagnosis, repair=repair), "utf-8")
    return list(projects.check(workspace, projects.find("sick-runs")))


def test_the_pool_is_large_and_each_fault_is_a_setting_of_its_own() -> None:
    assert len(FAULTS) >= 12
    assert {fault.setting for fault in FAULTS} <= set(USUAL)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_each_learner_has_runs_of_their_own_in_an_order_of_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    def undrawn(fault: object, rng: np.random.Generator) -> Sick:
        return Sick(fault, rng.random(), 0, Measured())  # type: ignore[arg-type]

    monkeypatch.setattr(faulty_runs, "_drawn", undrawn)
    drawn = [tuple(sick.fault.name for sick in draw(f"learner {i}").values()) for i in range(300)]
    assert all(len(set(names)) == len(RUNS) for names in drawn)  # so a constant answer names one of six at most
    in_order = [names == tuple(sorted(names)) or names == tuple(f.name for f in FAULTS if f.name in names)
                for names in drawn]  # fmt: skip
    assert sum(in_order) <= 3  # one in 720 by chance, for each of the two orders that are shown
    listed = re.findall(r"^    (.+)$", STUB.partition("Faults:")[2].partition("Usual")[0], re.M)
    assert listed == sorted(fault.name for fault in FAULTS)
    assert len({names[0] for names in drawn}) == len(FAULTS)
    assert draw("learner 1") == draw("learner 1") != draw("learner 2")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_sick_told_by_its_own_signs_alone_and_repaired_by_its_setting(fault: object) -> None:
    one = next(f for f in FAULTS if f is fault)
    sick = faulty_runs._drawn(one, np.random.default_rng(5))
    assert sick.curves.dev_error[-1] >= 0.2
    for other in FAULTS:
        ((holds, line), *_) = faulty_runs.judged("A", sick, other.name)
        assert holds is (other is one)
        assert any(c.isdigit() for c in line) or other is one  # the figures of this run
    assert faulty_runs.repaired("A", sick, {one.setting: USUAL[one.setting]})[0] is True


@pytest.mark.parametrize("who", LEARNERS)
def test_any_two_drawn_runs_differ_in_what_is_shown(who: str) -> None:
    """In a row, by a factor of 1.5 or more in half of the epochs that both have; or in how long they are."""

    def differ(a: Measured, b: Measured) -> bool:
        def apart(x: float, y: float) -> bool:
            x, y = sorted((abs(x), abs(y)))
            return bool(y > 1.5 * x and y > 1e-6)

        if len(a.loss) != len(b.loss) or a.steps != b.steps or a.different[-1] != b.different[-1]:
            return True
        pairs = [list(zip(getattr(a, of), getattr(b, of))) for _, of, _ in ROWS]
        return any(np.mean([apart(x, y) for x, y in row]) >= 0.5 for row in pairs)

    for one, other in combinations(runs(who).values(), 2):
        assert differ(one.curves, other.curves), (one.fault.name, other.fault.name)
        assert faulty_runs.shown("", one.curves) != faulty_runs.shown("", other.curves)


def test_what_is_shown_has_errors_gradients_activations_and_steps_and_not_the_fault(workspace: Workspace) -> None:
    lines = told(workspace, {}, {})
    assert lines[-1][0] is False
    assert "nothing is filled in yet" in lines[-1][1]
    text = "\n".join(line for _, line in lines)
    for row in ("error %, train", "grad., 1st layer", "activations 0, %", "step, % of weight"):
        assert text.count(row) == 1 + len(RUNS)  # a healthy one to compare with
    assert not any(name in text for name in NAMES)
    assert max(len(line) for _, line in lines[:-1]) <= 78  # a terminal's width, with the mark in front


def test_all_named_and_repaired_is_passed_and_each_is_explained(workspace: Workspace) -> None:
    mine = runs(LEARNERS[0])
    diagnosis = {name: sick.fault.name for name, sick in mine.items()}
    repair = {name: {sick.fault.setting: USUAL[sick.fault.setting]} for name, sick in mine.items()}
    lines = told(workspace, diagnosis, repair)
    assert all(holds is not False for holds, _ in lines)
    text = "\n".join(line for _, line in lines)
    assert all(sick.fault.why in text and sick.fault.signs[0].shows(sick.curves) in text for sick in mine.values())
    assert projects.passed(workspace) == {"sick-runs"}


def test_what_is_wrong_or_missing_is_explained_run_by_run(workspace: Workspace) -> None:
    mine = runs(LEARNERS[0])
    wrong = next(name for name in NAMES if name != mine["A"].fault.name)
    setting = "lr" if mine["A"].fault.setting == "momentum" else "momentum"
    lines = told(workspace, {"A": wrong}, {"A": {setting: 0.5 if setting == "momentum" else 1e-9}})
    said = [line for holds, line in lines if holds is False]
    assert re.search(f"A: not “{wrong}”: with it, .+ Here: .*\\d", said[0])
    assert "a mean of at most 12 % is healthy" in said[1]
    assert said[2:4] == ["B: not named yet", "B: repair is empty: change one setting"]
    assert mine["A"].fault.name not in said[0]


@pytest.mark.parametrize(
    ("diagnosis", "repair", "says"),
    [
        ([1], {}, "diagnosis in .* must be a dictionary"),
        ({}, 5, "repair in .* must be a dictionary"),
        ({"Z": "?"}, {}, "only the runs A, B, C, D, E, F"),
        ({"A": 7}, {}, "7 is no fault: choose one of batches not shuffled"),
        ({}, {"A": {"lr": "abc"}}, "lr cannot be 'abc': give a number from 0"),
        ({}, {"A": {"epochs": 0}}, "epochs cannot be 0: give a whole number from 1"),
        ({}, {"A": {"hidden": [32, "x"]}}, "hidden cannot be"),
        ({}, {"A": {"hidden": 32}}, "give hidden as a list"),
        ({}, {"A": {"dropout": 1.5}}, "dropout cannot be 1.5"),
        ({}, {"A": {"shuffle": 1}}, "shuffle cannot be 1: give True or False"),
        ({}, {"A": {"activation": "tanh"}}, "give 'relu' or 'sigmoid'"),
        ({}, {"A": {"dropuot": 1}}, "no setting 'dropuot'"),
        ({}, {"A": {"epochs": 3, "lr": 1}}, "changes 2 settings"),
        ({}, {"A": [1]}, "must be such as"),
    ],
)
def test_answers_that_cannot_be_used_are_refused_before_any_training(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, diagnosis: object, repair: object, says: str
) -> None:
    monkeypatch.setattr(faulty_runs, "train", None)
    ((holds, line),) = told(workspace, diagnosis, repair)
    assert holds is False
    assert re.search(says, line)


def test_other_answers_than_the_given_are_refused(workspace: Workspace) -> None:
    path = workspace.folder / faulty_runs.FILE
    path.write_text("def answers():\n    return 5\n", "utf-8")
    assert "as it was given" in list(projects.check(workspace, projects.find("sick-runs")))[-1][1]
    path.write_text("def answers():\n    return 1 / 0\n", "utf-8")
    assert "ZeroDivisionError" in list(projects.check(workspace, projects.find("sick-runs")))[-1][1]


def test_the_usual_settings_are_healthy() -> None:
    assert np.mean([train({}, seed).dev_error[-1] for seed in range(3)]) <= 0.1


def test_a_measured_gradient_agrees_with_differences() -> None:
    """In the first layer, with and without dropout's masks, for both activations."""
    from fathom.learning.measured_training import _Training

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 64)), rng.integers(0, 10, 6)
    for activation in ("relu", "sigmoid"):
        told = {**USUAL, "activation": activation, "hidden": [5, 4]}
        net = _Training(told, np.random.default_rng(1))
        _, gradients = net._gradients(x, y, training=False)
        for layer, at in ((0, (3, 2)), (1, (1, 1)), (2, (0, 7))):
            losses = []
            for h in (1e-6, -2e-6):
                net.w[layer][at] += h
                losses.append(net._gradients(x, y, training=False)[0])
            net.w[layer][at] += 1e-6
            assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(gradients[layer][at], rel=1e-4, abs=1e-8)
