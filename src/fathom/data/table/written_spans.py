"""Times of day and spans of time as people write them, as hours: ``9:45``, ``1:30 pm``, ``PT3H``, ``5h 3m``."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CLOCK = re.compile(r"^([+-]?)(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d{1,9})?))?\s?([aApP])?\.?(?:[mM]\.?)?$")
_ISO = re.compile(
    r"^([+-]?)P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
)
_PART = (
    r"(\d+(?:\.\d+)?)\s*"
    r"(weeks?|wks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?![a-z])\.?"
)
_WORDS = re.compile(
    rf"^([+-]?)((?:{_PART}(?:,?\s*(?:and\s+)?)?)+?)(?:,?\s*(\d+:\d\d(?::\d\d(?:\.\d+)?)?))?$", re.IGNORECASE
)
"""``5h 3m``, ``2 days 4 hours``, and as Python and pandas have it: ``1 day, 2:03:04``."""
_HOURS = {"w": 168.0, "d": 24.0, "h": 1.0, "m": 1 / 60, "s": 1 / 3600}
_LONGEST = 60


def hours(text: str) -> float | None:
    """The hours of a time of day or of a span of time; None where it is neither.

    Args:
        text: of a cell.

    >>> [hours(t) for t in ("1:30 pm", "26:15:00", "PT3H", "1h 45m", "1 day, 2:30:00", "3 seasons")]
    [13.5, 26.25, 3.0, 1.75, 26.5, None]
    """
    if len(text) > _LONGEST:
        return None
    if found := _CLOCK.match(text):
        sign, hour, minute, second, half = found.groups()
        whole = int(hour)
        if half:
            if not 1 <= whole <= 12:
                return None
            whole = whole % 12 + (12 if half in "pP" else 0)
        value = whole + int(minute) / 60 + float(second or 0) / 3600
    elif (found := _ISO.match(text)) and any(found.groups()[1:]):
        sign, *parts = found.groups()
        value = sum(float(p) * each for p, each in zip(parts, _HOURS.values()) if p)
    elif found := _WORDS.match(text):
        sign, clock = found[1], found[5]
        value = sum(float(n) * _HOURS[unit[0].lower()] for n, unit in _parts(found[2])) + (hours(clock or "") or 0.0)
    else:
        return None
    return -value if sign == "-" else value


def may_be_months(texts: Iterable[str]) -> bool:
    """Whether an m may stand for months or metres: nothing beside it is of hours or seconds.

    Args:
        texts: the cells of a column.

    >>> may_be_months(["1w", "3m"]), may_be_months(["1h 20m", "45m"])
    (True, False)
    """
    units = {unit.lower() for text in texts if _WORDS.match(text) for _, unit in _parts(text)}
    return "m" in units and not {unit[0] for unit in units} & {"h", "s"}


def _parts(text: str) -> list[tuple[str, str]]:
    """The numbers of a span in words, each with its unit."""
    return re.findall(_PART, text, re.IGNORECASE)
