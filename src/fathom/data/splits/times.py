"""Dates and times as numbers that grow with time."""

from __future__ import annotations

import datetime
from typing import Any

from fathom.data.table.cells import parse_number

_FORMATS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y%m%d", "%b %d %Y")


def parse_time(value: Any) -> float | None:
    """A date, a time or a number as a number that grows with time; None where it is none of these."""
    if isinstance(value, datetime.datetime):
        return _as_seconds(value)
    if isinstance(value, datetime.date):
        return _as_seconds(datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC))
    if (plain := parse_number(value)) is not None:
        return plain
    text = str(value).strip()
    try:
        return _as_seconds(datetime.datetime.fromisoformat(text))
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return _as_seconds(datetime.datetime.strptime(text, form).replace(tzinfo=datetime.UTC))
        except ValueError:
            continue
    return None


def _as_seconds(moment: datetime.datetime) -> float:
    """Since 1970; a time without zone counts as universal, so that every machine splits alike."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
