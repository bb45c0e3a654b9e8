"""``fathom learn notation`` and ``fathom learn glossary``: the letters and the words of the course."""

from __future__ import annotations

from typing import Annotated

import typer


def notation() -> None:
    """What the letters of the formulas usually mean: one table for the whole course."""
    from rich.console import Console
    from rich.table import Table

    from fathom.learning.reference import notation as letters

    table = Table("symbol", "meaning", "usual shape", box=None, padding=(0, 2, 0, 0))
    for one in letters():
        table.add_row(*(text.replace("[", r"\[") for text in (one.symbol, one.meaning, one.shape)))
    Console(highlight=False).print(table)


def glossary(
    word: Annotated[
        str | None, typer.Argument(metavar="WORD", help="Of the field; all without.", show_default=False)
    ] = None,
) -> None:
    """What a word of the field means, and which lesson explains it."""
    from fathom.learning.reference import define
    from fathom.learning.reference import glossary as words

    for one in words() if word is None else (define(word),):
        print(f"{one.term}: {one.meaning} (lesson {one.exercise.id})")
