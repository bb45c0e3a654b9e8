"""Class numbers that a squared error is given as if they were amounts.

An answer of 2 is then half right where it lies between 0 and 4, though class 2 has nothing to do with either. Amounts
that are whole numbers are seldom so: marks, counts and ages heap up somewhere and thin out, while class numbers
begin at 0, leave none out, and occur about equally often.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, is_plain
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_TARGETS_PER_CLASS = 12
"""Targets that must have been seen for each number, so that shares differ by a third of themselves by chance."""

MIN_CLASSES, MAX_CLASSES = 3, 50
"""Of two numbers a squared error is a fair loss (Brier's)."""

LEAST_SHARE, MOST_SHARE = 0.4, 2.0
"""The rarest and the most frequent number, in units of what they were if all were equally frequent."""


class ClassNumbersAsAmounts(Check):
    """The targets of a squared error are the numbers of classes."""

    name: ClassVar[str] = "class_numbers_as_amounts"
    severity = "warning"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "The loss asks one output to be near the class number, as if class 2 were between class 1 and class "
        "3. Classes have no such order, so the net learns a harder problem."
    )
    advice: ClassVar[str] = (
        "For classes, give the net one output per class and use cross_entropy. If the numbers are amounts, "
        "such as counts, nothing is wrong."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished",)

    def run(self, signals: Signals) -> Detection | None:
        """Whole numbers from 0 on, about equally frequent, that one output is to answer."""
        seen = [one.targets for one in signals.snapshots if one.targets and one.targets.outputs == 1]
        if signals.loss_kind != "squared" or has_several_passes_per_step(signals) or not is_plain(signals):
            return None
        counts: dict[str, int] = {}
        for one in seen:
            if not one.whole_numbers:
                return None
            for name, n in one.whole_numbers.items():
                counts[name] = counts.get(name, 0) + n
        classes, total = len(counts), sum(counts.values())
        if not MIN_CLASSES <= classes <= MAX_CLASSES or set(counts) != {str(i) for i in range(classes)}:
            return None
        shares = [n * classes / total for n in counts.values()]
        if total < MIN_TARGETS_PER_CLASS * classes or min(shares) < LEAST_SHARE or max(shares) > MOST_SHARE:
            return None
        title = (
            f"the {total} targets of the squared error looked at are the integers 0 to {classes - 1}, "
            "about equally often, as class numbers are"
        )
        return Detection(title, {"classes": classes, "targets": total, "counts": counts})
