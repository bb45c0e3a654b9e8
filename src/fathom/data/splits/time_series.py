"""Rows that follow each other in time, at even steps: what comes later is foretold, so that the newest are held out.

A row of such a table is much like its neighbours. Dealt at random, each row of dev has its neighbours in train, and the
figure says nothing of the future. A table is one where a column of dates is in order (or is so again and again, for one
shop after the other), its steps are even, each date has as many rows, and the target is a quantity.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from fathom.data.splits.times import parse_time
from fathom.data.table.cells import parse_number
from fathom.data.table.tables import target_kind
from fathom.records import Example, Examples

_MIN_ROWS, _MIN_TIMES = 30, 20
"""Rows and different times below which nothing is told."""
_LOOKED_AT = 50
"""Rows by which a column of dates is told."""
_EVEN = 0.75
"""Share of the steps that are as long as most, and of times with as many rows as most: markets close on weekends."""
_STEP = (0.88, 1.12)
"""How far a step may differ from the middle one: months do."""


def in_order_of_time(examples: Examples) -> Examples:
    """The examples with their times, where they are a series; else as they are.

    Args:
        examples: as they were read. Those of ready-made dev and test stay there.
    """
    free = [e for e in examples.items if e.split in (None, "train")]
    if len(free) < _MIN_ROWS or not isinstance(free[0].input, Mapping) or any(e.group is not None for e in free):
        return examples
    for name in free[0].input:
        times = _times(free, name)
        if is_series(times) and target_kind([e.target for e in free]) == "regression":
            of = {e.id: time for e, time in zip(free, times)}
            items = tuple(replace(e, time=of.get(e.id)) for e in examples.items)
            return replace(examples, items=items, times=name)
    return examples


def _times(items: Sequence[Example], name: str) -> list[float]:
    """The times in a column of dates; nothing where it is none, or where one is missing."""
    some = items[:: max(1, len(items) // _LOOKED_AT)]
    if not all(_is_date(e.input.get(name)) for e in some):
        return []
    known: dict[Any, float | None] = {}
    for e in items:
        if (value := e.input.get(name)) not in known:
            known[value] = None if value is None else parse_time(value)
    found = [known[e.input.get(name)] for e in items]
    return [] if None in found else [time for time in found if time is not None]


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and parse_number(value) is None and parse_time(value) is not None


def is_series(times: Sequence[float]) -> bool:
    """Whether times are in order, at even steps, each as often.

    Args:
        times: of rows in their order.
    """
    counts = Counter(times)
    if len(counts) < _MIN_TIMES or not _ordered(times):
        return False
    as_often = Counter(counts.values()).most_common(1)[0][1]
    known = sorted(counts)
    steps = [b - a for a, b in itertools.pairwise(known)]
    middle = median(steps)
    even = sum(_STEP[0] * middle <= step <= _STEP[1] * middle for step in steps)
    return as_often >= _EVEN * len(counts) and even >= _EVEN * len(steps)


def _ordered(times: Sequence[float]) -> bool:
    """Whether times go up, or down, but where another series begins."""
    steps = [b - a for a, b in itertools.pairwise(times)]
    turns = min(sum(step < 0 for step in steps), sum(step > 0 for step in steps))
    return (turns + 1) * _MIN_TIMES <= len(times)
