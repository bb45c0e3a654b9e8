"""Numbers that a date is made of: year, month, day, weekday, hour, and the days that have gone by."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PARTS = ("days", "year", "month", "day", "weekday", "hour")
"""``days`` since the earliest date that was learned from; weekdays from Monday, 0; hours with their fractions."""


@dataclass(frozen=True)
class DateParts:
    """The parts of a column of dates that differ from row to row.

    Attributes:
        since: the earliest date, in days since 1970.
        parts: of `PARTS`.
    """

    since: float
    parts: tuple[str, ...]

    def of(self, value: Any) -> list[float]:
        """The numbers of a date as ISO 8601 has it; NaN each where it is none."""
        found = date_parts(value)
        if found is None:
            return [float("nan")] * len(self.parts)
        found["days"] -= self.since
        return [found[part] for part in self.parts]


def fit_parts(values: Sequence[Any]) -> DateParts | None:
    """The parts that tell dates apart; None where all are one."""
    found = [parts for v in dict.fromkeys(values) if (parts := date_parts(v)) is not None]
    told = tuple(name for name in PARTS if len({one[name] for one in found}) > 1)
    return DateParts(min(one["days"] for one in found), told) if told else None


def date_parts(value: Any) -> dict[str, float] | None:
    """All parts of a date, ``days`` since 1970; None where it is none."""
    try:
        moment = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    hour = moment.hour + moment.minute / 60 + moment.second / 3600
    return {
        "days": moment.toordinal() - datetime.date(1970, 1, 1).toordinal() + hour / 24,
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "weekday": moment.weekday(),
        "hour": hour,
    }
