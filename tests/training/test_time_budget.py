"""A budget of a whole run: what came before and the results come out of it, and the time is told once."""

from __future__ import annotations

import pytest

from fathom.training import time_budget
from fathom.training.time_budget import STEPS_TO_MEASURE, BudgetClock


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time_budget, "time", clock)
    return clock


def measured(clock: Clock, budget: BudgetClock, pace: float) -> int:
    """Steps of this pace until something can be told; how many."""
    for step in range(1, STEPS_TO_MEASURE + 1):
        clock.now += pace
        if budget.pace(step) is not None:
            return step
    raise AssertionError("ten steps are enough")


@pytest.mark.parametrize(("spent", "looks"), [(0.0, (0.0, 0.0)), (30.0, (0.0, 0.0)), (30.0, (1 / 3, 1 / 10))])
def test_what_came_before_and_the_results_come_out_of_the_budget(clock: Clock, spent: float, looks) -> None:
    clock.now = spent
    budget = BudgetClock(100.0, 0, 50, looks, began=0.0)
    done = measured(clock, budget, 0.1)
    steps = budget.steps_that_fit(done)
    assert steps is not None
    training = steps * 0.1 + (steps - done) * 0.1 * looks[1]
    results = 50 * 0.1 * sum(looks)
    assert spent + training + results == pytest.approx(97, abs=0.2)  # the rest is for the page
    left = budget.seconds_left(done, steps)
    assert left == pytest.approx(100 - clock.now, abs=0.2)
    assert budget.seconds_left(done + 1, steps) is None


def test_a_budget_that_is_spent_before_leaves_a_step_or_two(clock: Clock) -> None:
    clock.now = 120.0
    budget = BudgetClock(100.0, 0, 50, (1 / 3, 0.0), began=0.0)
    done = measured(clock, budget, 0.1)
    assert done < STEPS_TO_MEASURE
    assert budget.steps_that_fit(done) == done + 1


def test_a_budget_of_the_training_alone_knows_nothing_of_the_rest(clock: Clock) -> None:
    clock.now = 30.0
    budget = BudgetClock(10.0, 0, 50, (1 / 3, 0.0))
    done = measured(clock, budget, 0.1)
    assert budget.steps_that_fit(done) == pytest.approx(100, abs=1)


def test_without_a_budget_the_time_is_told_after_ten_steps(clock: Clock) -> None:
    told = BudgetClock(None, 0, 50, (1 / 3, 0.1), began=0.0)
    assert told.seconds_left(1, 100) is None
    done = measured(clock, told, 0.2)
    assert done == STEPS_TO_MEASURE
    assert told.seconds_left(done, 100) == pytest.approx(90 * 0.2 * 1.1 + 50 * 0.2 * (1 / 3 + 0.1))


@pytest.mark.parametrize(("pace", "told"), [(0.2, 0), (0.28, 0), (0.7, 2), (0.05, 1)])
def test_a_time_that_was_wrong_by_more_than_half_is_told_anew(clock: Clock, pace: float, told: int) -> None:
    """Told by ten steps of 0.2 s; the others take as long, or a little longer, much longer, or much less."""
    budget = BudgetClock(None, 0, 100, began=0.0)
    done = measured(clock, budget, 0.2)
    total, lines = 2000, []
    assert budget.time_line(done, total) == "about 6 min 38 s from here on   20 epochs, 2,000 steps"
    for step in range(done + 1, total + 1):
        clock.now += pace
        if line := budget.time_line(step, total):
            lines.append((line, (total - step) * pace))
    assert len(lines) >= (told > 0)
    assert len(lines) <= told
    for line, left in lines:
        assert line.startswith("about ")
        assert ("longer" if pace > 0.2 else "less") in line
        assert left > 20


def test_a_time_that_was_too_short_to_be_said_is_said_once_it_is_long(clock: Clock) -> None:
    budget = BudgetClock(None, 0, 100, began=0.0)
    done = measured(clock, budget, 0.02)
    assert budget.time_line(done, 500) is None
    told = []
    for step in range(done + 1, 501):
        clock.now += 0.5
        told += [line] if (line := budget.time_line(step, 500)) else []
    assert told
    assert "from here on   5 epochs, 500 steps" in told[0]


def test_looks_at_dev_are_no_slower_steps(clock: Clock) -> None:
    """What a look costs is known beforehand; an estimate that is right with them is not told anew."""
    budget = BudgetClock(None, 0, 100, (0.0, 0.5), began=0.0)
    done = measured(clock, budget, 0.2)
    assert budget.time_line(done, 2000) is not None
    for step in range(done + 1, 2001):
        clock.now += 0.2
        if step % 100 == 0:
            clock.now += 10.0
            budget.add_look(10.0)
        assert budget.time_line(step, 2000) is None


def test_the_plan_follows_the_pace_that_there_is_in_truth(clock: Clock) -> None:
    """The first steps are three times as slow as the others, and a look costs twice what was thought."""
    looks = (1 / 3, 1 / 10)
    budget = BudgetClock(100.0, 0, 50, looks, began=0.0)
    done = measured(clock, budget, 0.3)
    first = total = budget.steps_that_fit(done)
    assert first is not None
    marks = {int(share * first) for share in time_budget.MEASURED_AGAIN}
    step = done
    while step < total:
        clock.now += 0.1
        step += 1
        if step % 50 == 0:
            clock.now += 1.0
            budget.add_look(1.0)
        if step in marks:
            total = budget.steps_that_fit_now(step) or total
    assert total > 2 * first
    assert clock.now + 50 * 0.1 * sum(looks) == pytest.approx(97, abs=8)


def test_a_plan_that_would_be_late_is_cut(clock: Clock) -> None:
    budget = BudgetClock(100.0, 0, 50, (0.0, 0.0), began=0.0)
    done = measured(clock, budget, 0.1)
    first = budget.steps_that_fit(done)
    assert first is not None
    clock.now += (first // 8 - done) * 0.4  # the machine has more to do now
    fit = budget.steps_that_fit_now(first // 8)
    assert fit is not None
    assert clock.now + (fit - first // 8) * 0.4 == pytest.approx(97, abs=4)


def test_a_plan_that_is_nearly_right_stays(clock: Clock) -> None:
    budget = BudgetClock(100.0, 0, 50, (0.0, 0.0), began=0.0)
    done = measured(clock, budget, 0.1)
    first = budget.steps_that_fit(done)
    assert first is not None
    clock.now += (first // 4 - done) * 0.101
    assert budget.steps_that_fit_now(first // 4) is None
