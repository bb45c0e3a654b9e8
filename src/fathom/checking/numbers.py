"""Numbers that can hardly be right: outliers, slips of the decimal point, values cut off, -999 for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fathom.checking.data_profile import DataProfile
from fathom.data.table.outliers import find_outliers, find_piles, find_sentinels
from fathom.finding_kinds import FindingKind, Role
from fathom.number_format import significant
from fathom.records import Example, Finding

IMPOSSIBLE_NUMBERS = FindingKind(
    name="impossible_numbers",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "These values are much farther from the others than chance explains. A decimal point may be lost, or "
        "a unit wrong. The net is given the nearest of the other values instead."
    ),
    advice="Look at these rows in the source. Correct them or leave them out.",
    role=Role.DATA,
)
SENTINEL_NUMBERS = FindingKind(
    name="sentinel_numbers",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "Such numbers often mean that nothing was measured. The net learns from them as if they were measurements."
    ),
    advice="If they mean missing, leave these cells empty.",
)
SENTINEL_TARGET = FindingKind(
    name="sentinel_target",
    severity="warning",
    lesson="looking-at-data",
    meaning="Such numbers often mean that nothing was measured. The net learns to predict them.",
    advice="If they mean missing, leave these rows out.",
    role=Role.DATA,
)
CAPPED_TARGET = FindingKind(
    name="capped_target",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "Many equal values at the end of a range usually mean that larger (or smaller) values were replaced "
        "by this limit. The true values cannot be learned, and the error there means little."
    ),
    advice="Leave these rows out, or remember that the limit stands for all values beyond it.",
    role=Role.DATA,
)
CAPPED_COLUMN = FindingKind(
    name="capped_column",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "Many equal values at the end of a range usually mean that larger (or smaller) values were replaced "
        "by this limit."
    ),
    advice="Nothing to do, unless you can get the true values.",
)

MAX_LISTED, MAX_SHOWN = 1000, 3
"""Rows that are listed as evidence, and columns that are told in a line."""


@dataclass(frozen=True)
class _Seen:
    """What was seen in one column: what kind of thing, in words, and in which rows."""

    kind: FindingKind
    column: str
    words: str
    where: NDArray[np.bool_]


def check(profile: DataProfile) -> list[Finding]:
    """Tell of numbers, in columns and in the target, that can hardly be right."""
    if not profile.rows:
        return []
    seen = [
        one for name, values in _numbers(profile) for one in _of_column(name, values, SENTINEL_NUMBERS, CAPPED_COLUMN)
    ]
    targets = [e.target for e in profile.examples.items]
    if not any(profile.labels) and all(isinstance(t, int | float) for t in targets):
        values = np.array(targets, np.float64)
        seen += _of_column(profile.examples.target, values, SENTINEL_TARGET, CAPPED_TARGET)
    found = []
    for kind, words in _TITLES.items():
        if there := [one for one in seen if one.kind is kind]:
            told = "; ".join(one.words for one in there[:MAX_SHOWN])
            more = f" and {len(there) - MAX_SHOWN:,} more columns" if len(there) > MAX_SHOWN else ""
            found.append(kind.found(f"{words}: {told}{more}", _evidence(profile, there)))
    return found


_TITLES = {
    IMPOSSIBLE_NUMBERS: "numbers that cannot be right",
    SENTINEL_TARGET: "numbers of the target that may stand for nothing",
    CAPPED_TARGET: "the target seems to be cut off",
    SENTINEL_NUMBERS: "numbers that may stand for nothing",
    CAPPED_COLUMN: "columns that seem to be cut off",
}


def _numbers(profile: DataProfile) -> Iterator[tuple[str, NDArray[np.float64]]]:
    for name in profile.columns:
        values = profile.column(name)
        if all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values):
            yield name, np.array([np.nan if v is None else v for v in values], np.float64)


def _of_column(name: str, values: NDArray[np.float64], sentinel: FindingKind, capped: FindingKind) -> list[_Seen]:
    sentinels = find_sentinels(values)
    seen = [
        _Seen(sentinel, name, f"{name} is {_shown(value)} in {count:,} rows, far from all others", values == value)
        for value, count in sentinels.items()
    ]
    others = np.where(np.isin(values, list(sentinels)), np.nan, values)
    if (outliers := find_outliers(others)) is not None:
        far = others[outliers.where]
        most = float(far[np.argmax(np.abs(far))])
        slip = f"about {_shown(outliers.factor)} times too large, " if outliers.factor > 1 else ""
        words = (
            f"{len(far):,} of {name} ({slip}up to {_shown(most)}, all others {_shown(outliers.low)} to "
            f"{_shown(outliers.high)})"
        )
        seen.append(_Seen(IMPOSSIBLE_NUMBERS, name, words, outliers.where))
    for pile in find_piles(others):
        words = f"{pile.count:,} rows have the {'largest' if pile.largest else 'smallest'} {name}, {_shown(pile.value)}"
        seen.append(_Seen(capped, name, words, values == pile.value))
    return seen


def _evidence(profile: DataProfile, seen: Sequence[_Seen]) -> dict[str, object]:
    rows = [(int(i), one.column) for one in seen for i in np.flatnonzero(one.where)]
    items = profile.examples.items
    told = [(items[i].id, f"{name} {_value(items[i], name)}") for i, name in rows[:MAX_LISTED]]
    return {
        "columns": [one.column for one in seen], "count": len(rows),
        "examples": [name for name, _ in told], "details": [detail for _, detail in told],
    }  # fmt: skip


def _value(example: Example, column: str) -> object:
    return example.input.get(column, example.target)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else significant(value, 6)
