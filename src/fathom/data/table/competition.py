"""What the tables of a competition say of its target: ``test.csv`` lacks it, and a sample of what to hand in has it.

What test lacks besides is known only afterwards (how many customers came, what else a comment was found to be), so that
nothing can be learned from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fathom.data import repairs
from fathom.data.table.column_match import match_columns
from fathom.data.table.split_column import SPLIT_NAMES
from fathom.data.table.table_files import is_table, read_table
from fathom.errors import UserError


@dataclass(frozen=True)
class Competition:
    """What stands in other tables than that of train.

    Attributes:
        test: the name of the table of test; "" where there is none.
        lacking: the columns of train that it lacks.
        asked: those of them that the sample of what to hand in has, or all where there is no such sample.
    """

    test: str = ""
    lacking: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


def competition_of(train: Path, columns: Sequence[str]) -> Competition:
    """What the tables beside a table of train say; nothing where it is not called so, or test has all columns or none.

    Args:
        train: the path of a table.
        columns: of it.
    """
    if _split(train) != "train":
        return Competition()
    beside = [p for p in sorted(train.parent.iterdir()) if p.is_file() and p.name[0] != "." and p != train]
    tests = [p for p in beside if _split(p) == "test" and is_table(p)]
    known = match_columns(columns, sorted(_columns(tests[0]))) if len(tests) == 1 else {}
    lacking = tuple(c for c in columns if c not in known)
    if len(lacking) in (0, len(columns)):
        return Competition()
    handed_in = [_columns(p) for p in beside if "submission" in p.stem.lower() and is_table(p)]
    asked = tuple(c for c in lacking if any(c in names for names in handed_in))
    return Competition(tests[0].name, lacking, asked or lacking)


def _split(path: Path) -> str | None:
    return SPLIT_NAMES.get(path.name.lower().partition(".")[0])


def _columns(path: Path) -> set[str]:
    """The columns of a table that is not read for itself; none where it cannot be."""
    try:
        with repairs.unsaid(), repairs.collected():
            return set(read_table(path).columns)
    except UserError:
        return set()
