"""The projects: what is reached is measured, and what is not is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import fathom
from fathom.errors import UserError
from fathom.learning import projects
from fathom.learning import strategy_simulator as fl
from fathom.learning.simulator_terminal import fly
from fathom.learning.worker_pool import WorkerPool
from fathom.learning.workspace import Workspace
from fathom.metrics import ERROR


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.start(tmp_path / "course")


def told(workspace: Workspace, name: str, run: Path | None = None) -> list[tuple[bool | None, str]]:
    return list(projects.check(workspace, projects.find(name), run))


def test_a_project_gives_its_file_first(workspace: Workspace) -> None:
    lines = told(workspace, "cats")
    assert "project_cats.py" in lines[0][1]
    assert lines[-1][0] is False
    assert "not written yet" in lines[-1][1]
    assert projects.passed(workspace) == set()
    with pytest.raises(UserError, match="no project"):
        projects.find("dogs")


def test_own_data_must_be_own_and_looked_at_once(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give your run"):
        told(workspace, "own-pictures")
    run = fathom.train("practice:digits?n=300", net="logistic", epochs=1, out=tmp_path / "run")
    lines = told(workspace, "own-pictures", run.path)
    assert [holds for holds, _ in lines] == [True, False, False]
    assert "was not looked at" in lines[-1][1]
    assert told(workspace, "own-sequences", run.path)[0][0] is False
    run.test()
    lines = told(workspace, "own-pictures", run.path)
    assert "looked at once" in lines[2][1]
    assert any(holds is False and "logistic regression" in line for holds, line in lines)  # the run is no better
    run.test()
    assert told(workspace, "own-pictures", run.path)[2][0] is False


def test_practice_data_under_its_path_is_practice_all_the_same(workspace: Workspace, tmp_path: Path) -> None:
    from fathom.data import practice
    from fathom.data.source import cache_folder

    folder = practice.make("digits?n=300", cache_folder())
    run = fathom.train(folder, net="logistic", epochs=1, out=tmp_path / "run")
    assert told(workspace, "own-pictures", run.path)[1][0] is False


@pytest.mark.parametrize(("low", "high", "holds"), [(-0.2, -0.01, True), (-0.2, 0.01, False), (0.1, 0.3, False)])
def test_a_baseline_is_beaten_where_the_whole_interval_says_so(low: float, high: float, holds: bool) -> None:
    difference = {"value": (low + high) / 2, "low": low, "high": high}
    baseline = {"name": "majority class", "value": 0.5, "difference": difference}
    assert projects._beaten(baseline, 0.4, ERROR)[0] is holds


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> list[fl.Plan]:
    """Trainings cost nothing: clean labels and a wide net help; what was asked for, in order."""
    asked: list[fl.Plan] = []

    def trained(name: str, seed: int, plan: list[int]) -> tuple[float, int]:
        asked.append(tuple(plan))
        return 0.4 - 0.2 * plan[2] - 0.1 * plan[3], 48

    monkeypatch.setattr(fl, "trained", trained)
    return asked


def test_a_flight_is_flown_and_its_regret_is_that_of_the_best_plan(
    workspace: Workspace, results: list[fl.Plan]
) -> None:
    lines: list[str] = []
    simulation = fly(workspace, "noisy", 1, ["enlarge"], lines.append, workers=0)
    best = simulation.best()
    every = [plan for plan in simulation.plans() if simulation.state(plan) == plan]
    assert len(set(results)) == len(results) <= len(every)
    assert best == max(every, key=simulation.profit)
    assert best[2] == 1
    assert all(fl.days_of(plan) <= simulation.scenario.days for plan in simulation.plans())
    event = workspace.progress.events[-1]
    assert event["regret"] == round(simulation.profit(best) - simulation.profit(simulation.plan))
    yours = next(i for i, line in enumerate(lines) if line.startswith("you"))
    assert yours < next(i for i, line in enumerate(lines) if "Ctrl-C" in line)
    assert any(line.startswith("regret") for line in lines)
    with pytest.raises(UserError, match="cannot be done"):
        fly(workspace, "noisy", 1, ["enlarge", "enlarge"], lines.append, workers=0)
    with pytest.raises(UserError, match="no scenario"):
        fly(workspace, "moon", 1, [], lines.append, workers=0)


def flown(workspace: Workspace, name: str, plan: list[str], seed: int | None = None) -> None:
    fly(workspace, name, seed, plan, lambda line: None, workers=0)


def test_of_flights_the_last_two_drawn_ones_of_four_scenarios_count(
    workspace: Workspace, results: list[fl.Plan]
) -> None:
    well = {"few": ["enlarge"], "noisy": ["clean", "enlarge"], "narrow": ["enlarge"], "hurried": ["enlarge"]}
    for name, plan in well.items():
        for seed in (1, 2):
            flown(workspace, name, plan, seed)
    assert told(workspace, "flight")[-1][0] is False  # who gives the seed may have flown it before
    for name, plan in well.items():
        for _ in range(2):
            flown(workspace, name, plan)
    assert told(workspace, "flight")[-1][0] is True
    assert projects.passed(workspace) == {"flight"}
    flown(workspace, "few", [])
    assert told(workspace, "flight")[-1][0] is False  # the last ones count, not the best ones


def test_a_flight_that_is_flown_again_after_its_best_plan_was_told_does_not_count(
    workspace: Workspace, results: list[fl.Plan]
) -> None:
    for name, plan in {
        "few": ["enlarge"],
        "noisy": ["clean", "enlarge"],
        "narrow": ["enlarge"],
        "hurried": ["enlarge"],
    }.items():
        for _ in range(2):
            flown(workspace, name, [])
            seed = workspace.progress.events[-1]["seed"]
            flown(workspace, name, plan, seed)
    lines = told(workspace, "flight")
    assert lines[-1][0] is False
    assert "0 of 4" in lines[-1][1]


def test_what_was_flown_is_not_flown_again(
    workspace: Workspace, results: list[fl.Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = fl.Simulation.search

    def interrupted(self: fl.Simulation) -> Iterator[tuple[int, int]]:
        for number, one in enumerate(begun(self)):
            if number == 5:
                raise KeyboardInterrupt
            yield one

    with monkeypatch.context() as patch:
        patch.setattr(fl.Simulation, "search", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fly(workspace, "noisy", 1, [], lambda line: None, workers=0)
    before = set(results)
    assert len(before) >= 6
    results.clear()
    fly(workspace, "noisy", 1, ["clean"], lambda line: None, workers=0)
    assert results
    assert not before & set(results)
    results.clear()
    fly(workspace, "noisy", 1, ["longer"], lambda line: None, workers=0)
    assert results == []


def test_a_search_that_used_up_its_time_tells_what_it_has_and_goes_on(
    workspace: Workspace, results: list[fl.Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fathom.learning.worker_pool.time.process_time", iter(range(10**6)).__next__)  # 1 s a plan
    lines: list[str] = []
    fly(workspace, "noisy", 1, ["longer"], lines.append, workers=0, seconds=8)
    assert any(line.startswith("best") for line in lines)
    assert any("more could be better" in line for line in lines)
    assert any(line.startswith("your regret so far") for line in lines)
    assert not any(event["event"] == "flown" for event in workspace.progress.events)
    flown = len(results)
    assert flown == 2 + 8
    for _ in range(30):
        if any(event["event"] == "flown" for event in workspace.progress.events):
            break
        fly(workspace, "noisy", 1, ["longer"], lines.append, workers=0, seconds=8)
    assert workspace.progress.events[-1]["event"] == "flown"
    assert len(set(results)) == len(results)
    assert any(line.startswith("regret") for line in lines)


def test_only_what_differs_and_could_be_the_best_is_flown(results: list[fl.Plan]) -> None:
    simulation = fl.Simulation(fl.scenario("few", 3), 3)
    assert simulation.state((0, 0, 1, 1, 0, 0)) == (0, 0, 0, 1, 0, 0)
    assert fl.Simulation(fl.scenario("noisy", 3), 3).state((0, 0, 1, 1, 0, 0)) == (0, 0, 1, 1, 0, 0)
    few_left = fl.Simulation(fl.scenario("good", 3), 3)
    assert few_left.state((2, 0, 0, 0, 0, 0)) == (1, 0, 0, 0, 0, 0)
    best = simulation.best()
    unflown = [plan for plan in simulation.plans() if simulation.state(plan) not in simulation.results]
    assert all(simulation.hopeless(plan) for plan in unflown)
    assert simulation.profit(best) == max(simulation.profit(plan) for plan in simulation.plans())


def test_an_empty_line_is_asked_again(
    workspace: Workspace, results: list[fl.Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["", "nine", "clean", "", "0"])
    monkeypatch.setattr("builtins.input", lambda asked: next(typed))
    lines: list[str] = []
    assert fly(workspace, "noisy", 1, None, lines.append, workers=0).taken == ["clean"]
    assert sum(line.startswith("type a number") for line in lines) == 3


def test_workers_answer_jobs_and_end_with_their_input() -> None:
    with WorkerPool(2) as worker_pool:
        answers = {job[1]: answer for job, answer in worker_pool.run(["math:sqrt", n * n] for n in range(6))}
        workers = [worker.process for worker in worker_pool.workers]
        assert workers[0].stdin is not None
        workers[0].stdin.close()
        workers[0].wait(30)
        again = {job[1]: answer for job, answer in worker_pool.run(["math:sqrt", n * n] for n in range(6))}
    assert answers == again == {n * n: n for n in range(6)}
    assert all(worker.poll() is not None for worker in workers)


def test_cleaning_labels_really_helps_where_they_are_wrong() -> None:
    simulation = fl.Simulation(fl.scenario("noisy", 3), 3)
    nothing, clean = (0,) * 6, (0, 0, 1, 0, 0, 0)
    assert simulation.error(clean)[0] < simulation.error(nothing)[0] - 0.03
    again = fl.Simulation(fl.scenario("noisy", 3), 3)
    assert again.error(clean) == simulation.error(clean)
    low, high = simulation.error(nothing)[1].low, simulation.error(nothing)[1].high
    assert low < simulation.error(nothing)[1].value < high


def test_each_scenario_is_a_little_different_each_time() -> None:
    for one in fl.SCENARIOS:
        drawn = {(s.examples, s.days, s.worth) for s in (fl.scenario(one.name, seed) for seed in range(8))}
        assert len(drawn) > 1
        assert fl.scenario(one.name, 4) == fl.scenario(one.name, 4)
