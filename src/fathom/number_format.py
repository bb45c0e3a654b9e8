"""How a number is written for people: a few significant digits, and no exponent where nobody needs one."""

from __future__ import annotations

import math

_LARGEST, _SMALLEST = 1e12, 1e-4
"""Between these a number is written out; beyond, its exponent says more than a row of zeros."""


def significant(value: float, digits: int = 4, thousands: str = ",") -> str:
    """A number with so many significant digits, thousands set apart from ten thousand on.

    >>> significant(51234.5), significant(0.0123456), significant(3.0), significant(-3.5e15)
    ('51,230', '0.01235', '3', '-3.5e15')
    """
    size = abs(value)
    rounded = float(f"{value:.{digits}g}") if math.isfinite(value) else value
    if not math.isfinite(value) or size >= _LARGEST or 0 < size < _SMALLEST:
        return f"{rounded:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    if abs(rounded) >= 10_000:
        places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
        whole = f"{rounded:,.{places}f}".replace(",", thousands)
        return whole.rstrip("0").rstrip(".") if places else whole
    return f"{rounded:.{max(digits, 4)}g}"


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> [duration(seconds) for seconds in (42, 100, 3700)]
    ['42 s', '1 min 40 s', '1 h 1 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def signed(text: str) -> str:
    """A number that is written already, with a minus that is as long as a plus, and none before a zero."""
    if not text.strip("-0."):
        text = text.removeprefix("-")
    return text.replace("-", "−") if text.startswith("-") else text
