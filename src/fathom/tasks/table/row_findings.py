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

WRITTEN_AS_PEOPLE_DO = FindingKind(
    name="written_as_people_do",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "These columns write numbers or dates as people do: with a decimal comma, separated thousands, a unit, or the "
        "day first. They were read as numbers and dates; a unit is left out."
    ),
    advice="Nothing to do, if it is meant so. If not, train with --set decimal=… or --set dates=….",
)
WORDS_AMONG_NUMBERS = FindingKind(
    name="words_among_numbers",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "Most cells of this column are numbers, but too many are not. So the column was read as words, each value a "
        "category of its own. The net does not know that 12 is near 13."
    ),
    advice="Correct the other values, or leave their cells empty. Then the column is read as numbers.",
)
CODES_AND_NUMBERS = FindingKind(
    name="codes_and_numbers",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "Many cells of this column are numbers and others are codes or words with digits. So the column was read as "
        "words: each value is a category of its own."
    ),
    advice="Nothing to do if these are names or codes. If they are measurements, correct the other values.",
)

_SHOWN = 4
_MOSTLY = 0.8
"""Share of numbers from which on others beside them are hardly meant."""


def findings(told: Mapping[str, Told], ids: Sequence[str], written: Mapping[str, str]) -> list[Finding]:
    """What is to be told of columns.

    Args:
        told: of each column that there is something to tell of.
        ids: of the rows by their places; empty where they are not known.
        written: how the numbers and dates of columns are written, in words, where not as computers write them.
    """
    found = []
    if written:
        by_way: dict[str, list[str]] = {}
        for name, way in written.items():
            by_way.setdefault(way, []).append(name)
        title = f"cells read as they are written: {_listed([f'{_listed(n)} ({w})' for w, n in by_way.items()], '; ')}"
        found.append(WRITTEN_AS_PEOPLE_DO.found(title, {"columns": list(written)}))
    if marks := {name: one.marks for name, one in told.items() if one.marks}:
        title = f"words read as missing values: {_listed([f'{name} ({told_marks(m)})' for name, m in marks.items()])}"
        found.append(
            MISSING_MARKS.found(title, {"columns": list(marks), "marks": {k: dict(v) for k, v in marks.items()}})
        )
    if odd := {name: one for name, one in told.items() if one.strange}:
        found.append(_odd_cells(odd, ids))
    for name, one in told.items():
        if one.mixed:
            shown = [f"{way or 'without a unit'}{f' {n:,}' if n else ''}" for way, n in one.mixed.items()]
            title = f"{name} is written in several formats: {_listed(shown)}; it was read as words"
            found.append(MIXED_WRITING.found(title, {"columns": [name], "counts": dict(one.mixed)}))
        if one.others:
            found.append(_words_and_numbers(name, one))
        if one.guessed:
            found.append(GUESSED_COMMAS.found(f"{name} was read with {one.guessed}", {"columns": [name]}))
    return found


def _odd_cells(odd: Mapping[str, Told], ids: Sequence[str]) -> Finding:
    """Cells that are no value of their column, of all columns together, with the rows in which they stand."""
    words = []
    for name, one in odd.items():
        counts = {text: len(places) for text, places in one.strange.items()}
        values = f"{'date' if one.dated else 'number'}{'' if one.read == 1 else 's'}"
        words.append(f"{name} has {one.read:,} {values} and {_others(counts)}")
    places = [
        (place, f"{name} {text[:40]!r}")
        for name, one in odd.items() for text, at in one.strange.items() for place in at
    ]  # fmt: skip
    there = sorted((place, detail) for place, detail in places if place < len(ids))
    evidence = {"columns": list(odd), "examples": [ids[place] for place, _ in there], "count": len(places)}
    title = f"cells unlike the rest of their column, read as missing: {_listed(words, '; ')}"
    return ODD_CELLS.found(title, evidence | {"details": [detail for _, detail in there]})


def _words_and_numbers(name: str, told: Told) -> Finding:
    """A column of numbers and words that was read as words."""
    others = sum(told.others.values())
    spelt = sum(n for text, n in told.others.items() if not any(map(str.isdigit, text)))
    many = told.numbers >= _MOSTLY * (told.numbers + others)
    kind = WORDS_AMONG_NUMBERS if many or spelt > others / 2 else CODES_AND_NUMBERS
    title = f"{name} has {told.numbers:,} numbers and {_others(told.others)}; it was read as words, not as numbers"
    return kind.found(title, {"columns": [name], "numbers": told.numbers, "others": others})


def _others(counts: Mapping[str, int]) -> str:
    """``5 other values ('unknown' 3, '14 kg', 'old')``: the most frequent first."""
    n = sum(counts.values())
    most = sorted(counts.items(), key=lambda pair: -pair[1])
    shown = [repr(" ".join(text[:30].split())) + (f" {times:,}" if times > 1 else "") for text, times in most[:_SHOWN]]
    more = ", …" if len(most) > _SHOWN else ""
    return f"{n:,} other value{'' if n == 1 else 's'} ({', '.join(shown)}{more})"


def told_marks(marks: Mapping[str, int]) -> str:
    """``None 15, - 3``."""
    most = sorted(marks.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{mark[:20]} {n:,}" for mark, n in most[:_SHOWN]) + (" …" if len(most) > _SHOWN else "")


def _listed(parts: Sequence[str], between: str = ", ") -> str:
    return between.join(parts[:_SHOWN]) + (f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else "")
