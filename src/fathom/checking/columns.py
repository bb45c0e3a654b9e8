"""Columns that tell nothing: constant, mostly missing, or numbers and names of the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fathom.checking.data_profile import DataProfile
from fathom.finding_kinds import FindingKind
from fathom.records import Finding

CONSTANT_COLUMN = FindingKind(
    name="constant_column",
    severity="note",
    lesson="looking-at-data",
    meaning="What never changes says nothing about the target; it is left out of training.",
    advice="Nothing to do, unless the column should have had other values: then look at where it came from.",
)
MOSTLY_MISSING_COLUMN = FindingKind(
    name="mostly_missing_column",
    severity="note",
    lesson="looking-at-data",
    meaning="There is little to learn from; but that a value is missing may itself tell something.",
    advice="Find out why it is missing; fill it, or delete the column.",
)
ROW_NUMBER_COLUMN = FindingKind(
    name="row_number_column",
    severity="warning",
    lesson="looking-at-data",
    meaning="It is taken for a measurement and learned from, and means nothing for a new row.",
    advice="Delete the column.",
)
IDENTIFIER_COLUMN = FindingKind(
    name="identifier_column",
    severity="note",
    lesson="looking-at-data",
    meaning="What names a single row says nothing about the next.",
    advice="If it names what several rows share (a patient, a place), give it with --group; otherwise delete it.",
)

MIN_MISSING_SHARE = 0.5
"""Share of missing values from which on it is told."""
MIN_ROWS = 20
"""Rows below which values may all differ by chance."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell of columns to leave out or to look at."""
    constant, missing, numbers, names = [], {}, [], []
    for name in profile.columns:
        values = profile.column(name)
        present = [v for v in values if v is not None]
        if len(present) <= (1 - MIN_MISSING_SHARE) * len(values):
            missing[name] = 1 - len(present) / len(values)
        elif len(set(present)) < 2 and len(values) > 1:
            constant.append(name)
        elif is_row_number(present):
            numbers.append(name)
        elif len(profile.columns) > 1 and is_name(present):
            names.append(name)
    found = []
    if numbers:
        title = f"{_are('column', numbers)} only the number of the row: {_listed(numbers)}"
        found.append(ROW_NUMBER_COLUMN.found(title, {"columns": numbers}))
    if missing:
        told = [f"{name} {100 * share:.0f} %" for name, share in sorted(missing.items(), key=lambda pair: -pair[1])]
        title = f"{_are('column', told)} mostly missing: {_listed(told)}"
        found.append(MOSTLY_MISSING_COLUMN.found(title, {"columns": list(missing), "shares": missing}))
    if constant:
        title = f"{_are('column', constant)} the same in every row: {_listed(constant)}"
        found.append(CONSTANT_COLUMN.found(title, {"columns": constant}))
    if names:
        title = f"{_are('column', names)} different in nearly every row, like a name or a key: {_listed(names)}"
        found.append(IDENTIFIER_COLUMN.found(title, {"columns": names}))
    return found


def is_row_number(values: Sequence[Any]) -> bool:
    """Whether these are whole numbers that count the rows: all different, with hardly a gap."""
    if len(values) < MIN_ROWS or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return False
    if any(v != v or v in (float("inf"), float("-inf")) or v != int(v) for v in values):
        return False
    return len(set(values)) == len(values) and max(values) - min(values) < 1.05 * len(values)


def is_name(values: Sequence[Any]) -> bool:
    """Whether these are short texts of which hardly two are alike; long ones are free text, not names."""
    if len(values) < MIN_ROWS or not all(isinstance(v, str) for v in values):
        return False
    words = sorted(len(v.split()) for v in values)[len(values) // 2]
    return len(set(values)) >= 0.95 * len(values) and words <= 3


def _are(what: str, names: Sequence[str]) -> str:
    return f"1 {what} is" if len(names) == 1 else f"{len(names):,} {what}s are"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
