"""The projects: what is reached is measured, and what is not is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import fathom
from fathom.errors import UserError
from fathom.learning import flight as fl
from fathom.learning import projects
from fathom.learning.desk import Desk
from fathom.learning.fleet import Fleet
from fathom.learning.flying import fly

CURED = """
diagnosis = {"A": "rate too low", "B": "held down", "C": "?"}
repair = {"A": {"lr": 0.003}, "B": {"lr": 0.003, "epochs": 3}, "C": {}}


def answers():
    return {"diagnosis": diagnosis, "repair": repair}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.start(tmp_path / "course")


def told(desk: Desk, name: str, run: Path | None = None) -> list[tuple[bool | None, str]]:
    return list(projects.check(desk, projects.find(name), run))


def test_a_project_gives_its_file_first(desk: Desk) -> None:
    lines = told(desk, "cats")
    assert "project_cats.py" in lines[0][1]
    assert lines[-1][0] is False
    assert "not written yet" in lines[-1][1]
    assert projects.passed(desk) == set()
    with pytest.raises(UserError, match="no project"):
        projects.find("dogs")


def test_a_recognizer_that_guesses_does_not_pass(desk: Desk) -> None:
    path = desk.folder / projects.find("cats").file
    path.write_text(
        "import numpy as np\n\n\ndef recognize(x, y, x_new, rng):\n    return rng.integers(0, 2, len(x_new))\n"
    )
    assert told(desk, "cats")[-1][0] is False


def test_faults_are_named_and_repairs_trained(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "SICK", {k: projects.SICK[k] for k in ("A", "B", "C")})
    monkeypatch.setattr(projects, "SEEDS", 1)
    (desk.folder / projects.find("sick-runs").file).write_text(CURED, "utf-8")
    lines = told(desk, "sick-runs")
    assert [holds for holds, _ in lines] == [True, True, False, False, False]
    assert "changes 2 settings" in lines[3][1]
    assert "settings epochs 1" in lines[4][1]


def test_own_data_must_be_own_and_beat_its_baseline(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give your run"):
        told(desk, "own-pictures")
    run = fathom.train("practice:digits?n=300", net="logistic", epochs=1, out=tmp_path / "run")
    lines = told(desk, "own-pictures", run.path)
    assert [holds for holds, _ in lines][:2] == [True, False]
    assert lines[3][0] is False
    assert told(desk, "own-sequences", run.path)[0][0] is False


@pytest.fixture
def flown(monkeypatch: pytest.MonkeyPatch) -> list[fl.Plan]:
    """Trainings cost nothing: clean labels and a wide net help; what was asked for, in order."""
    asked: list[fl.Plan] = []

    def trained(name: str, seed: int, plan: list[int]) -> tuple[float, int]:
        asked.append(tuple(plan))
        return 0.4 - 0.2 * plan[2] - 0.1 * plan[3], 48

    monkeypatch.setattr(fl, "trained", trained)
    return asked


def test_a_flight_is_flown_and_its_regret_is_that_of_the_best_plan(desk: Desk, flown: list[fl.Plan]) -> None:
    lines: list[str] = []
    flight = fly(desk, "noisy", 1, ["enlarge"], lines.append, workers=0)
    best = flight.best()
    every = [plan for plan in flight.plans() if flight.state(plan) == plan]
    assert len(set(flown)) == len(flown) <= len(every)
    assert best == max(every, key=flight.profit)
    assert best[2] == 1
    assert all(fl.days_of(plan) <= flight.scenario.days for plan in flight.plans())
    event = desk.progress.events[-1]
    assert event["regret"] == round(flight.profit(best) - flight.profit(flight.plan))
    yours = next(i for i, line in enumerate(lines) if line.startswith("you"))
    assert yours < next(i for i, line in enumerate(lines) if "Ctrl-C" in line)
    assert any(line.startswith("regret") for line in lines)
    with pytest.raises(UserError, match="cannot be done"):
        fly(desk, "noisy", 1, ["enlarge", "enlarge"], lines.append, workers=0)
    with pytest.raises(UserError, match="no scenario"):
        fly(desk, "moon", 1, [], lines.append, workers=0)
    for name, plan in {"few": ["enlarge"], "noisy": ["clean", "enlarge"], "good": ["enlarge"]}.items():
        fly(desk, name, 1, plan, lambda line: None, workers=0)
    assert told(desk, "flight")[-1][0] is True
    assert projects.passed(desk) == {"flight"}


def test_what_was_flown_is_not_flown_again(desk: Desk, flown: list[fl.Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    begun = fl.Flight.search

    def interrupted(self: fl.Flight) -> Iterator[tuple[int, int]]:
        for number, one in enumerate(begun(self)):
            if number == 5:
                raise KeyboardInterrupt
            yield one

    with monkeypatch.context() as patch:
        patch.setattr(fl.Flight, "search", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fly(desk, "noisy", 1, [], lambda line: None, workers=0)
    before = set(flown)
    assert len(before) >= 6
    flown.clear()
    fly(desk, "noisy", 1, ["clean"], lambda line: None, workers=0)
    assert flown
    assert not before & set(flown)
    flown.clear()
    fly(desk, "noisy", 1, ["longer"], lambda line: None, workers=0)
    assert flown == []


def test_only_what_differs_and_could_be_the_best_is_flown(flown: list[fl.Plan]) -> None:
    flight = fl.Flight(fl.scenario("few", 3), 3)
    assert flight.state((0, 0, 1, 1, 0, 0)) == (0, 0, 0, 1, 0, 0)
    assert fl.Flight(fl.scenario("noisy", 3), 3).state((0, 0, 1, 1, 0, 0)) == (0, 0, 1, 1, 0, 0)
    few_left = fl.Flight(fl.scenario("good", 3), 3)
    assert few_left.state((2, 0, 0, 0, 0, 0)) == (1, 0, 0, 0, 0, 0)
    best = flight.best()
    unflown = [plan for plan in flight.plans() if flight.state(plan) not in flight.flown]
    assert all(flight.hopeless(plan) for plan in unflown)
    assert flight.profit(best) == max(flight.profit(plan) for plan in flight.plans())


def test_an_empty_line_is_asked_again(desk: Desk, flown: list[fl.Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["", "nine", "clean", "", "0"])
    monkeypatch.setattr("builtins.input", lambda asked: next(typed))
    lines: list[str] = []
    assert fly(desk, "noisy", 1, None, lines.append, workers=0).taken == ["clean"]
    assert sum(line.startswith("type a number") for line in lines) == 3


def test_workers_answer_jobs_and_end_with_their_input() -> None:
    with Fleet(2) as fleet:
        answers = {job[1]: answer for job, answer in fleet.run(["math:sqrt", n * n] for n in range(6))}
        workers = [worker.process for worker in fleet.workers]
        assert workers[0].stdin is not None
        workers[0].stdin.close()
        workers[0].wait(30)
        again = {job[1]: answer for job, answer in fleet.run(["math:sqrt", n * n] for n in range(6))}
    assert answers == again == {n * n: n for n in range(6)}
    assert all(worker.poll() is not None for worker in workers)


def test_cleaning_labels_really_helps_where_they_are_wrong() -> None:
    flight = fl.Flight(fl.scenario("noisy", 3), 3)
    nothing, clean = (0,) * 6, (0, 0, 1, 0, 0, 0)
    assert flight.error(clean)[0] < flight.error(nothing)[0] - 0.03
    again = fl.Flight(fl.scenario("noisy", 3), 3)
    assert again.error(clean) == flight.error(clean)
    low, high = flight.error(nothing)[1].low, flight.error(nothing)[1].high
    assert low < flight.error(nothing)[1].value < high


def test_each_scenario_is_a_little_different_each_time() -> None:
    for one in fl.SCENARIOS:
        drawn = {(s.examples, s.days, s.worth) for s in (fl.scenario(one.name, seed) for seed in range(8))}
        assert len(drawn) > 1
        assert fl.scenario(one.name, 4) == fl.scenario(one.name, 4)
