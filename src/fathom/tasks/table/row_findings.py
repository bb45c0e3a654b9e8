"""What is worth telling of how the cells of a table were read: marks, odd cells, several units, guessed commas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fathom.data.table.columns import Told
from fathom.finding_kinds import FindingKind
from fathom.records import Finding

MISSING_MARKS = FindingKind(
    name="missing_marks",
    severity="note",
    lesson="looking-at-data",
    meaning="In columns of numbers or dates these words were read as missing values.",
    advice="Nothing to do, if that is what they mean.",
)
ODD_CELLS = FindingKind(
    name="odd_cells",
    severity="warning",
    lesson="looking-at-data",
    meaning="These cells are in a column of numbers or dates but are neither. They are read as missing values.",
    advice="Look at these cells in the source and correct them.",
)
MIXED_WRITING = FindingKind(
    name="mixed_writing",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "The cells of this column are written in different ways and cannot be compared as numbers. So the "
        "column was read as words."
    ),
    advice="Write the whole column in one unit and one format.",
)
GUESSED_COMMAS = FindingKind(
    name="guessed_commas",
    severity="note",
    lesson="looking-at-data",
    meaning="The column does not show whether its commas separate thousands or decimals.",
    advice="If the guess is wrong, train with --set decimal=comma or --set decimal=point.",
)

_SHOWN = 4


def findings(told: Mapping[str, Told], ids: Sequence[str]) -> list[Finding]:
    """What is to be told of columns.

    Args:
        told: of each column that there is something to tell of.
        ids: of the rows by their places; empty where they are not known.
    """
    found = []
    if marks := {name: one.marks for name, one in told.items() if one.marks}:
        title = f"words read as missing values: {_listed([f'{name} ({told_marks(m)})' for name, m in marks.items()])}"
        found.append(
            MISSING_MARKS.found(title, {"columns": list(marks), "marks": {k: dict(v) for k, v in marks.items()}})
        )
    if odd := {name: one.strange for name, one in told.items() if one.strange}:
        words = [f"{name} ({_listed([repr(text[:30]) for text in texts])})" for name, texts in odd.items()]
        places = [(p, f"{name} {text[:40]!r}") for name, texts in odd.items() for text, at in texts.items() for p in at]
        there = sorted((place, detail) for place, detail in places if place < len(ids))
        evidence = {"columns": list(odd), "examples": [ids[place] for place, _ in there], "count": len(places)}
        cells = "1 cell" if len(places) == 1 else f"{len(places):,} cells"
        title = f"{cells} cannot be read as the rest of their column: {_listed(words)}"
        found.append(ODD_CELLS.found(title, evidence | {"details": [detail for _, detail in there]}))
    for name, one in told.items():
        if one.mixed:
            title = f"{name} is written in several formats: {_listed([m or 'without a unit' for m in one.mixed])}"
            found.append(MIXED_WRITING.found(title, {"columns": [name]}))
        if one.guessed:
            found.append(GUESSED_COMMAS.found(f"{name} was read with {one.guessed}", {"columns": [name]}))
    return found


def told_marks(marks: Mapping[str, int]) -> str:
    """``None 15, - 3``."""
    most = sorted(marks.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{mark[:20]} {n:,}" for mark, n in most[:_SHOWN]) + (" …" if len(most) > _SHOWN else "")


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:_SHOWN]) + (f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else "")
