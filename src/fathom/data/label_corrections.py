"""What a person has decided of single examples: ``fathom train --exclude LIST``.

The list is a CSV with a column ``id`` (or ``item``), and perhaps ``decision`` and ``label``:

    keep        the example stays as it is
    correct     its label becomes what stands under ``label`` (or, where nothing does, under ``suggested``)
    drop        it is left out; also where nothing was decided, unless the list has tags (`fathom review`)
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from fathom.data import files, spreadsheet_csv
from fathom.data.class_names import find_class
from fathom.errors import UserError
from fathom.records import Examples, SkipKind, Skipped

_ID_COLUMNS = ("id", "item")
_KEEP, _CORRECT, _DROP = "keep", "correct", "drop"


@dataclass(frozen=True)
class Decision:
    """What is to become of one example: keep, correct or drop; and its new label."""

    what: str
    label: str = ""


def read_decisions(path: Path) -> dict[str, Decision]:
    """The decisions of a list, by example.

    Raises:
        UserError: it cannot be read, has no column of ids, or a decision that there is not.
    """
    try:
        rows = spreadsheet_csv.read_rows(files.read_text(path))
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read ({error}): give a CSV with a column id") from None
    columns = list(rows[0]) if rows else []
    name = next((c for c in _ID_COLUMNS if c in columns), None)
    if rows and name is None:
        raise UserError(f"{path} has no column id: it has {', '.join(map(str, columns[:10]))}")
    found: dict[str, Decision] = {}
    for number, row in enumerate(rows, 2):
        what = (row.get("decision") or (_KEEP if "tags" in columns else _DROP)).strip().lower()
        if what not in (_KEEP, _CORRECT, _DROP):
            raise UserError(f"{path} line {number} decides {what[:40]!r}: write keep, correct or drop")
        label = (row.get("label") or row.get("suggested") or "").strip()
        if what == _CORRECT and not label:
            raise UserError(f"{path} line {number} is to be corrected and has no label: write it under label")
        found[str(row[str(name)])] = Decision(what, label)
    return found


def apply_decisions(examples: Examples, path: Path) -> Examples:
    """The examples as the list says; those that are left out are told among what was skipped.

    Raises:
        UserError: the list cannot be followed, or names none of the examples.
    """
    decisions = read_decisions(path)
    ids = {e.id for e in examples.items}
    if decisions and not ids & set(decisions):
        raise UserError(f"{path} names none of the {len(ids):,} {examples.kind}: is it the list of other data?")
    items, left = [], []
    known = {e.target for e in examples.items if isinstance(e.target, str)}
    for e in examples.items:
        decision = decisions.get(e.id)
        if decision is None or decision.what == _KEEP:
            items.append(e)
        elif decision.what == _DROP:
            left.append(Skipped(e.id, f"left out by {path.name}", SkipKind.EXCLUDED))
        else:
            items.append(replace(e, target=_as_type_of(decision.label, e.target, known)))
    return replace(examples, items=tuple(items), skipped=(*examples.skipped, *left))


def _as_type_of(label: str, before: object, known: Collection[str]) -> object:
    """The new label as the old one was: a number where that was one, and a class as the others of it are called."""
    if isinstance(before, str):
        return find_class(label, known) or label
    if isinstance(before, int | float) and not isinstance(before, bool):
        try:
            return type(before)(label)
        except ValueError:
            return label
    return label
