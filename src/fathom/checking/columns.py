"""Columns that tell nothing: constant, mostly missing, or numbers and names of the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence

from fathom.checking.data_profile import DataProfile
from fathom.data.table.column_roles import FREE_TEXT, IDENTIFIER, ROW_NUMBER
from fathom.data.text.wordpiece import is_packaged
from fathom.finding_kinds import FindingKind
from fathom.records import Finding

CONSTANT_COLUMN = FindingKind(
    name="constant_column",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "The value is the same in all rows, so it tells nothing about the target. The column is left out of training."
    ),
    advice="Nothing to do, unless the column should have other values: then check where the data came from.",
)
MOSTLY_MISSING_COLUMN = FindingKind(
    name="mostly_missing_column",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "Few rows have a value here, so there is little to learn from. That a value is missing can still be "
        "informative."
    ),
    advice="Find out why it is missing. Fill it, or delete the column.",
)
ROW_NUMBER_COLUMN = FindingKind(
    name="row_number_column",
    severity="note",
    lesson="looking-at-data",
    meaning="The column counts the rows and has no meaning for a new row. It is left out of training.",
    advice="Nothing to do. If it is a measurement, train with --set keep=NAME.",
)
IDENTIFIER_COLUMN = FindingKind(
    name="identifier_column",
    severity="note",
    lesson="looking-at-data",
    meaning="A value that names one row tells nothing about another row. The column is left out of training.",
    advice="If it names something that several rows share (a patient, a place), give it with --group.",
)

FREE_TEXT_COLUMN = FindingKind(
    name="free_text_column",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "A pretrained encoder turns each text into a few numbers, and the net learns from those. Without the "
        "encoder (extra `text`) the column is left out."
    ),
    advice="If the text matters most, keep only the text and the target, and train a text classifier.",
)

MIN_MISSING_SHARE = 0.5
"""Share of missing values from which on it is told."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell of columns to leave out or to look at."""
    constant, missing = [], {}
    left = profile.useless_columns
    for name in profile.columns:
        values = profile.column(name)
        present = [v for v in values if v is not None]
        if len(present) <= (1 - MIN_MISSING_SHARE) * len(values):
            missing[name] = 1 - len(present) / len(values)
        elif len(set(present)) < 2 and len(values) > 1:
            constant.append(name)
    numbers = [name for name, why in left.items() if why == ROW_NUMBER and name not in missing]
    names = [name for name, why in left.items() if why == IDENTIFIER and name not in missing]
    texts = [name for name, why in left.items() if why == FREE_TEXT and name not in missing]
    found = []
    if numbers:
        title = f"{_are('column', numbers)} only a row number: {_listed(numbers)}"
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
    if texts:
        became = "learned from by its meaning" if is_packaged() else "left out without the extra `text`"
        title = f"{_are('column', texts)} free text, {became}: {_listed(texts)}"
        found.append(FREE_TEXT_COLUMN.found(title, {"columns": texts}))
    return found


def _are(what: str, names: Sequence[str]) -> str:
    return f"1 {what} is" if len(names) == 1 else f"{len(names):,} {what}s are"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
