"""Targets that are numbers written in several ways, so that each is taken for a class of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fathom.records import Example

_NUMBER = re.compile(r"\s*[^\w\s]{0,2}\s*[-+]?\d[\d.,' ]*\s*([^\d\s]{0,12})\s*")
"""A number, with a sign of money before it or a unit behind it."""


def mixed_numbers(examples: Sequence[Example]) -> str:
    """Two targets that are numbers with other units, where nearly all are numbers with something beside; else "".

    Args:
        examples: with the targets.
    """
    by_unit: dict[str, list[str]] = {}
    for e in examples:
        if found := _NUMBER.fullmatch(str(e.target)):
            by_unit.setdefault(found[1].lower(), []).append(str(e.target).strip())
    told = sorted((values for values in by_unit.values() if len(values) > 1), key=len, reverse=True)
    many = sum(map(len, told)) >= 0.9 * len(examples) and len(told) > 1
    return ", ".join(values[0] for values in told[:2]) if many else ""
