"""How the time is dealt out among remedies: nobody waits longer than was said, and the best few are trained longest."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fathom.coaching import deadline, successive_halving
from fathom.coaching.deadline import Deadline
from fathom.coaching.probe import OVERHEAD_SECONDS, Probed
from fathom.coaching.run_context import Change
from fathom.coaching.successive_halving import (
    FINAL_ROUNDS,
    LONG_ENOUGH,
    SHORTENED,
    Candidate,
    cheaper_of_equals,
    measure,
    plan_final_round,
)
from fathom.errors import UserError
from fathom.metrics import ERROR
from fathom.progress import Interrupted, Watcher

SECONDS = st.floats(0.1, 60.0)


def tried(name: str, seconds: float) -> Candidate:
    """A candidate after its first probe."""
    return Candidate(name, Change(), {1: Probed(np.zeros((1, 2)), seconds)})


@given(st.lists(SECONDS, max_size=8), SECONDS, st.floats(1.0, 2000.0), st.floats(0.01, 1.0))
def test_what_is_chosen_fits_into_the_time_that_is_left(
    seconds: list[float], unchanged: float, left: float, share: float
) -> None:
    control, ranked = tried("unchanged", unchanged), [tried(str(i), s) for i, s in enumerate(seconds)]
    few, seeds, longer = plan_final_round(ranked, control, left, share)
    if not few:
        least = min(seeds * (1 if most == 1 else most) for seeds, most in FINAL_ROUNDS)
        assert not ranked or least * (unchanged + min(seconds)) > left or len(ranked) < 2
        return
    both = [control, *few]
    if longer < 1:  # the best is dear, and alone
        assert few == ranked[:1]
        assert longer >= SHORTENED
        trained = max(0.05, sum(c.seconds for c in both) - 2 * OVERHEAD_SECONDS)
        assert seeds * (2 * OVERHEAD_SECONDS + longer * trained) <= left * 1.001
        return
    spent = seeds * sum(longer * c.seconds for c in both)
    assert spent <= left * 1.001 or longer == 1.0
    assert seeds * sum(c.seconds for c in both) <= left * 1.001
    assert [c.name for c in few] == sorted((c.name for c in few), key=int)  # the better before the worse


def test_more_are_judged_on_more_seeds_where_there_is_time_for_most_of_the_epochs() -> None:
    control, ranked = tried("unchanged", 5.0), [tried(str(i), 5.0) for i in range(6)]
    times = (700.0, 300.0, 120.0, 45.0, 15.0)  # a probe takes 5 seconds
    plans = [plan_final_round(ranked, control, left, 0.3) for left in times]
    assert [(len(few), seeds) for few, seeds, _ in plans] == [(3, 10), (3, 4), (2, 4), (1, 3), (1, 2)]
    assert 0.3 * plans[0][2] >= 1
    assert all(0.3 * longer >= LONG_ENOUGH for _, _, longer in plans[1:3])


def test_one_that_is_dear_does_not_keep_the_others_from_being_judged() -> None:
    control, ranked = tried("unchanged", 2.0), [tried("dear", 100.0), tried("cheap", 2.0), tried("also", 2.0)]
    few, _, _ = plan_final_round(ranked, control, 60.0, 1.0)
    assert [c.name for c in few] == ["cheap", "also"]


def test_the_best_is_judged_in_shorter_trainings_where_it_is_dear() -> None:
    control, ranked = tried("unchanged", 4.0), [tried("dear", 14.0), tried("cheap", 4.0)]
    few, seeds, longer = plan_final_round(ranked, control, 30.0, 1.0)
    assert ([c.name for c in few], seeds) == (["dear"], 3)
    assert longer == pytest.approx((10.0 - 2 * OVERHEAD_SECONDS) / (18.0 - 2 * OVERHEAD_SECONDS))


def test_of_two_that_dev_cannot_tell_apart_the_cheaper_is_judged_first() -> None:
    def wrong(name: str, count: int, seconds: float) -> Candidate:
        rows = np.stack([(np.arange(100) % 50 < count).astype(float), np.ones(100)], 1)
        rows = np.roll(rows, int(seconds), axis=0)  # each is wrong about others
        return Candidate(name, Change(), {1: Probed(rows, seconds)})

    dear, cheap, worse = wrong("dear", 4, 9.0), wrong("cheap", 5, 1.0), wrong("worse", 20, 0.5)
    assert [c.name for c in cheaper_of_equals([dear, cheap, worse], judge)] == ["cheap", "dear", "worse"]
    assert cheaper_of_equals([], judge) == []


class Simulated:
    """Trainings that take no time: a clock that they set, and errors that depend on their length."""

    def __init__(self, whole: float, errors: dict[str, tuple[float, float]]) -> None:
        self.now, self.whole, self.errors = 0.0, whole, errors
        self.shares: dict[str, list[float]] = {}

    def tells_the_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """To all that look at the clock."""
        for module in (successive_halving, deadline):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now))

    def probe(self, context: Any, change: Change, seed: int, share: float, watcher: Watcher, limit: float) -> Probed:
        """Of a remedy that is known by its label."""
        name = str(change.settings.get("name", "unchanged"))
        if name == "impossible":
            raise UserError("this net takes no such thing")
        briefly, wholly = self.errors[name]
        wrong = wholly + (briefly - wholly) * (1 - share)
        seconds = OVERHEAD_SECONDS + share * self.whole
        self.now += seconds
        self.shares.setdefault(name, []).append(share)
        rows = np.stack([(np.arange(400) < 400 * wrong).astype(float), np.ones(400)], 1)
        return Probed(rows, seconds)


def run_of(whole: float) -> Any:
    settings = SimpleNamespace(seed=0, epochs=40, budget=None)
    return SimpleNamespace(settings=settings, seconds=whole, metric=ERROR)


def judge(rows: np.ndarray) -> float:
    return float(rows[:, 0].mean())


@pytest.mark.parametrize("after", [0, 1, 2, 5, 9])
def test_whoever_stops_it_has_what_was_found_until_then(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Simulated(1.0, {"unchanged": (0.6, 0.4), "fast": (0.3, 0.3), "slow": (0.5, 0.1)})
    done: list[str] = []

    class Asked(Watcher):
        def stop_requested(self) -> bool:
            return len(done) == after

    def until(*asked: Any) -> Probed:
        if len(done) == after:
            raise Interrupted
        done.append(asked[1].settings.get("name", "unchanged"))
        return world.probe(*asked)

    monkeypatch.setattr(successive_halving, "probe", until)
    world.tells_the_time(monkeypatch)
    changes = [(name, Change(settings={"name": name})) for name in ("fast", "slow")]
    measured = measure(run_of(1.0), changes, 60.0, judge, Asked())
    assert measured.stopped
    found = [measured.control, *measured.tried]
    assert sum(len(c.probes) for c in found) == after == len(done)
    assert {c.name for c in measured.tried} == set(done) - {"unchanged"}


def test_a_remedy_that_takes_too_long_is_left_and_the_others_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Simulated(1.0, {"unchanged": (0.6, 0.4), "fast": (0.3, 0.3)})

    def probed(*asked: Any) -> Probed:
        if asked[1].settings.get("name") == "dear":
            raise Interrupted  # its own time is up
        return world.probe(*asked)

    monkeypatch.setattr(successive_halving, "probe", probed)
    world.tells_the_time(monkeypatch)
    changes = [(name, Change(settings={"name": name})) for name in ("dear", "fast")]
    measured = measure(run_of(1.0), changes, 60.0, judge, Watcher())
    assert not measured.stopped
    assert [c.name for c in measured.tried] == ["fast"]
    assert len(measured.tried[0].probes) > 2


def test_what_goes_on_from_the_run_is_held_against_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a short training anew it looks good, though it is worse than what it began with."""
    world = Simulated(4.0, {"unchanged": (0.8, 0.8), "go on": (0.35, 0.35), "fast": (0.6, 0.6)})
    monkeypatch.setattr(successive_halving, "probe", world.probe)
    world.tells_the_time(monkeypatch)
    changes = [("go on", Change({"name": "go on"}, go_on=True)), ("fast", Change({"name": "fast"}))]
    measured = measure(run_of(4.0), changes, 90.0, judge, Watcher(), reached=0.3)
    assert measured.tried[0].name == "fast"
    assert len(measured.tried[0].probes) > 1


def test_other_answers_of_the_run_are_looked_at_once_and_held_against_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Simulated(4.0, {"unchanged": (0.8, 0.8), "answers": (0.31, 0.31), "fast": (0.6, 0.6)})
    monkeypatch.setattr(successive_halving, "probe", world.probe)
    world.tells_the_time(monkeypatch)
    changes = [("answers", Change({"name": "answers"}, answers_only=True)), ("fast", Change({"name": "fast"}))]
    measured = measure(run_of(4.0), changes, 90.0, judge, Watcher(), reached=0.3)
    probes = {c.name: len(c.probes) for c in measured.tried}
    assert probes["answers"] == 1
    assert probes["fast"] > 2
    assert measured.tried[0].name == "fast"


def test_the_end_of_the_time_is_asked_for_like_a_stop() -> None:
    now = time.monotonic()
    assert Deadline(Watcher(), now - 1).stop_requested()
    assert not Deadline(Watcher(), now + 60).stop_requested()


@pytest.mark.parametrize(("whole", "budget"), [(1.0, 60.0), (10.0, 120.0), (40.0, 300.0)])
def test_the_budget_is_kept_and_the_last_rounds_are_the_longest(
    whole: float, budget: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {
        "unchanged": (0.6, 0.4),
        "fast": (0.3, 0.3),
        "slow": (0.5, 0.1),
        **{f"no {i}": (0.6, 0.4) for i in range(5)},
    }
    world = Simulated(whole, errors)
    monkeypatch.setattr(successive_halving, "probe", world.probe)
    world.tells_the_time(monkeypatch)
    changes = [(name, Change(settings={"name": name})) for name in [*errors, "impossible"] if name != "unchanged"]
    measured = measure(run_of(whole), changes, budget, judge, Watcher())
    control, ranked, share = measured.control, measured.tried, measured.share
    assert not measured.stopped
    assert world.now <= 1.05 * budget
    assert len(control.probes) >= 3
    assert world.shares["unchanged"][-1] == share > world.shares["unchanged"][0] or share == 1.0
    assert {ranked[0].name, ranked[1].name} == {"fast", "slow"}
    assert "impossible" not in {c.name for c in ranked}
    if share > 0.7:
        assert ranked[0].name == "slow"  # which a brief training could not tell
