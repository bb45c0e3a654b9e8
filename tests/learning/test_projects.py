"""The projects: what is reached is measured, and what is not is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import fathom
from fathom.errors import UserError
from fathom.learning import flight as fl
from fathom.learning import projects
from fathom.learning.desk import Desk
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


def test_a_flight_is_flown_and_its_regret_is_that_of_the_best_plan(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = {}

    def error(self: fl.Flight, plan: fl.Plan) -> tuple[float, fl.Interval]:
        gain = 0.2 * plan[2] + 0.01 * plan[3]
        errors[plan] = 0.4 - gain
        self.flown[plan] = errors[plan], fl.Interval(errors[plan], 0.0, 1.0)
        return self.flown[plan]

    monkeypatch.setattr(fl.Flight, "error", error)
    lines: list[str] = []
    flown = fly(desk, "noisy", 1, ["enlarge"], lines.append)
    best = flown.best()
    assert best == max(flown.plans(), key=flown.profit)
    assert best[2] == 1
    assert all(fl.days_of(plan) <= flown.scenario.days for plan in flown.plans())
    event = desk.progress.events[-1]
    assert event["regret"] == round(flown.profit(best) - flown.profit(flown.plan))
    assert any(line.startswith("regret") for line in lines)
    with pytest.raises(UserError, match="cannot be done"):
        fly(desk, "noisy", 1, ["enlarge", "enlarge"], lines.append)
    with pytest.raises(UserError, match="no scenario"):
        fly(desk, "moon", 1, [], lines.append)
    for name in ("few", "noisy", "good"):
        fly(desk, name, 1, ["clean", "enlarge"], lambda line: None)
    assert told(desk, "flight")[-1][0] is True
    assert projects.passed(desk) == {"flight"}


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
