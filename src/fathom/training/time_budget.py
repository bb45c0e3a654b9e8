"""From a budget of seconds to a number of steps, and from the pace of the first steps to the time that all take.

The first steps tell the pace roughly. It is measured again on the way, with what looks at dev took in truth, and the
number of steps follows it: up where the rest would leave time unused, down where it would be late.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from fathom.number_format import duration, significant

STEPS_TO_MEASURE = 10
WORTH_SAYING = 20.0
"""Seconds from which on it is said beforehand how long a training will take."""
_PAGE = 0.03
"""Share of the budget for what is written after the results: figures, findings, the page."""


MEASURED_AGAIN = (1 / 8, 1 / 4, 1 / 2)
"""Shares of the steps after which the pace is measured again; later, a schedule should no longer be moved."""
_WRONG, _ENOUGH = 0.5, 0.1
"""Share by which the time that was told must be wrong, to be told anew; and share of it that must be over before."""
_WORTH_MOVING = 0.03
"""Share by which the number of steps must be wrong, to be mended."""


class Told(NamedTuple):
    """What was said of the time: seconds that are left; when, on the monotonic clock; and after which step."""

    seconds: float
    at: float
    step: int


class BudgetClock:
    """Turns a budget of seconds into a number of steps, from the pace of the first steps, and mends it on the way.

    Args:
        budget: seconds; None where the number of epochs is given.
        step: at which the training begins or goes on.
        per_epoch: steps of an epoch.
        looks: what a look at train and one at dev cost, as shares of an epoch's training; there is one at dev an epoch.
        began: when the run began, where the budget is for all of it: reading, fitted heads and baselines came out of
            it before, and the results come after. None where it is for the training alone.
        most_epochs: that are made, however large the budget is; 0 where there is no such bound.
    """

    def __init__(
        self,
        budget: float | None,
        step: int,
        per_epoch: int = 1,
        looks: tuple[float, float] = (0.0, 0.0),
        began: float | None = None,
        most_epochs: int = 0,
    ) -> None:
        self.budget, self.first, self.dev_look, self.per_epoch = budget, step, looks[1], per_epoch
        self.result_steps = 0.0 if began is None else per_epoch * sum(looks)  # train and dev once more
        self.page = 0.0 if began is None else _PAGE * (budget or 0.0)
        self.began = self.warm = time.monotonic()
        self.left = (budget or 0.0) - (0.0 if began is None else self.began - began)
        self.told: Told | None = None
        self.planned, self.most = 0, most_epochs * per_epoch
        self.looked = 0.0
        self.look_count = 0

    def add_look(self, seconds: float) -> None:
        """A look at dev took so long.

        Args:
            seconds: of it.
        """
        self.looked, self.look_count = self.looked + seconds, self.look_count + 1

    def pace(self, step: int) -> float | None:
        """Seconds of a step, or None as long as too few have been measured."""
        measured = step - self.first
        if measured == 3:  # the first steps allocate and warm up
            self.warm = time.monotonic()
        spent = time.monotonic() - self.began
        few = (spent > self.left / 3 and measured > 3) or (spent > self.left / 10 and measured > 6)
        few = few and self.budget is not None
        if measured < STEPS_TO_MEASURE and not few:  # of one or two steps that took long nothing can be told
            return None
        return (time.monotonic() - self.warm) / (measured - 3)

    def steps_that_fit(self, step: int) -> int | None:
        """The number of steps in all, or None as long as too few have been measured.

        Where the results would take more than half of the time that is left, the training has the other half, and they
        are late.
        """
        pace = None if self.budget is None else self.pace(step)
        if self.budget is None or pace is None:
            return None
        self.planned = self._within(step + self._further_steps(pace, pace * self.dev_look))
        return self.planned

    def steps_that_fit_now(self, step: int) -> int | None:
        """The number of steps in all by the pace so far; None where the plan stays.

        Args:
            step: that is done.
        """
        measured = step - self.first - 3
        if measured < STEPS_TO_MEASURE:
            return None
        pace, look = self._so_far(measured)
        fit = self._within(step + self._further_steps(pace, look))
        if abs(fit - self.planned) < _WORTH_MOVING * self.planned:
            return None
        self.planned = fit
        return fit

    def _so_far(self, measured: int) -> tuple[float, float]:
        """Seconds of a step, and of its share of a look, over so many steps, without the first three."""
        pace = (time.monotonic() - self.warm - self.looked) / measured
        look = self.looked / self.look_count / self.per_epoch if self.look_count else pace * self.dev_look
        return pace, look

    def _within(self, steps: int) -> int:
        return min(steps, self.most) if self.most else steps

    def _further_steps(self, pace: float, look: float) -> int:
        """How many steps fit into what is left, where each takes `pace` seconds, and `look` for its share of a look."""
        left = self.left - (time.monotonic() - self.began)
        left = max(left - pace * self.result_steps - self.page, left / 2)
        return max(1, int(left / (pace + look)))

    def seconds_left(self, step: int, total: int) -> float | None:
        """Seconds until the results are there; None as long as too few steps have been measured.

        They are told once, and again only where it turns out that what was told is wrong by more than half.

        Args:
            step: that is done.
            total: of the training.
        """
        if self.told is not None:
            seconds = self._corrected(self.told, step, total)
        else:
            pace = self.pace(step)
            further = (total - step) * (1 + self.dev_look) + self.result_steps
            seconds = None if pace is None else pace * further + self.page
        if seconds is None:
            return None
        self.told = Told(seconds, time.monotonic(), step)
        return seconds

    def _corrected(self, told: Told, step: int, total: int) -> float | None:
        """What is left by all steps and looks so far; None where what was told is about right, or too little is new."""
        measured, since = step - self.first - 3, time.monotonic() - told.at
        if step < told.step + STEPS_TO_MEASURE or since < _ENOUGH * told.seconds:
            return None
        pace, look = self._so_far(measured)
        left = (total - step) * (pace + look) + pace * self.result_steps + self.page
        wrong = abs(since + left - told.seconds) > _WRONG * told.seconds
        return left if wrong else None

    def time_line(self, step: int, total: int) -> str | None:
        """How long it will take from here on, in words; None where there is nothing new, or it is soon over.

        Args:
            step: that is done.
            total: of the training.
        """
        before = self.told
        seconds = self.seconds_left(step, total)
        if seconds is None or seconds <= WORTH_SAYING:
            return None
        epochs = f"{significant(total / self.per_epoch, 2)} epochs, {total:,} steps"
        if before is None or before.seconds <= WORTH_SAYING:
            return f"about {duration(seconds)} from here on   {epochs}"
        slower = "longer" if seconds > before.seconds else "less"
        return f"about {duration(seconds)} from here on   the steps take {slower} than the first ones told"
