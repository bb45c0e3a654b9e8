"""From a budget of seconds to a number of steps."""

from __future__ import annotations

import time

STEPS_TO_MEASURE = 10


class BudgetClock:
    """Turns a budget of seconds into a number of steps, once, from the pace of the first steps."""

    def __init__(self, budget: float | None, step: int) -> None:
        self.budget = budget
        self.began = time.monotonic()
        self.first = step
        self.warm = self.began

    def steps_that_fit(self, step: int, dev_share: float) -> int | None:
        """The number of steps in all, or None as long as too few have been measured.

        Args:
            step: that is done.
            dev_share: what a look at dev costs, once an epoch, as a share of the epoch's training.
        """
        if self.budget is None:
            return None
        measured = step - self.first
        if measured == 3:  # the first steps allocate and warm up
            self.warm = time.monotonic()
        spent = time.monotonic() - self.began
        few = (spent > self.budget / 3 and measured > 3) or (spent > self.budget / 10 and measured > 6)
        if measured < STEPS_TO_MEASURE and not few:  # of one or two steps that took long nothing can be told
            return None
        pace = (time.monotonic() - self.warm) / (measured - 3)
        with_dev = pace * (1 + dev_share)
        return max(step + 1, step + int((self.budget - spent) / with_dev))
