"""What a newcomer is told: what the course is, how long it takes, and where to begin."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from fathom.learning.course import course

BEGIN = (
    ("fathom learn start", "gives the first exercise, in a folder"),
    ("fathom learn placement", "twelve questions: where should you begin?"),
    ("fathom learn warm-up", "ten lines of NumPy, if arrays are new to you"),
    ("fathom learn lesson adam", "explains a word of the field"),
    ("fathom learn --help", "everything else"),
)


TIME = (
    "We estimate 15 to 40 minutes for an exercise, an evening for a project, 25 to 40 hours for the whole. "
    "What was solved comes back for review: at most three exercises a day."
)


def about() -> str:
    """What the course is, in a paragraph."""
    count = sum(len(part.exercises) for part in course())
    return (
        f"{count} exercises, each one idea in a few lines of NumPy: a question to begin with, a lesson, your code, "
        "and a check that answers in a second and says what is wrong. What you wrote then trains in fathom's own "
        "loop, beside the built-in. You need school mathematics and some Python."
    )


def welcome() -> RenderableType:
    """The page for the terminal."""
    parts = [f"  {part.number}  {part.title:24} {len(part.exercises):2} exercises, one project" for part in course()]
    lines = [
        Text("Learn deep learning by writing it", style="bold cyan"),
        Text(),
        Text(about()),
        Text(),
        *[Text(line) for line in parts],
        Text(),
        Text(TIME),
        Text(),
        *[Text.assemble((f"  {command:26}", "bold"), what) for command, what in BEGIN],
    ]
    return Group(*lines)
