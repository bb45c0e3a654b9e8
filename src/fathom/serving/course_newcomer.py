"""What a newcomer sees in the page: what the course is, the quiz that says where to begin, the warm-up in NumPy."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fathom.errors import UserError
from fathom.learning import placement, warm_up
from fathom.learning.course import course
from fathom.learning.welcome import TIME, about
from fathom.learning.workspace import Workspace


def welcome(workspace: Workspace) -> dict[str, Any]:
    """What the course is, how long it takes, and where its files will be."""
    parts = [
        {"title": f"{part.number}  {part.title}", "exercises": len(part.exercises), "first": part.exercises[0].id}
        for part in course()
    ]
    return {"about": about(), "time": TIME, "parts": parts, "folder": str(workspace.folder)}


def questions() -> list[dict[str, Any]]:
    """The quiz, without its answers."""
    return [{"question": one.question, "choices": list(one.choices)} for one in placement.questions()]


def placed(workspace: Workspace, answers: object) -> dict[str, Any]:
    """What comes of the answers, and where to begin; a course that has begun goes on there.

    Args:
        workspace: the learner's.
        answers: numbers of the choices, −1 for what is not known.

    Raises:
        UserError: they are not as many as the questions, or there is no such choice.
    """
    asked = placement.questions()
    if not isinstance(answers, list) or len(answers) != len(asked):
        raise UserError(f"there are {len(asked)} questions: give an answer to each, or leave it open")
    for number, (answer, one) in enumerate(zip(answers, asked), 1):
        if not isinstance(answer, int) or not -1 <= answer < len(one.choices):
            raise UserError(f"question {number} has no answer {answer!r}")
    found = placement.place(answers)
    if found.begin is not None and workspace.progress.events:
        workspace.begin_at(found.begin)
    return {
        "right": found.right,
        "of": len(asked),
        "warm_up": found.warm_up,
        "begin": None if found.begin is None else {"id": found.begin.id, "title": found.begin.title},
        "answers": [{"chosen": answer, "answer": one.answer, "why": one.why} for answer, one in zip(answers, asked)],
    }


def warmed(workspace: Workspace) -> dict[str, Any]:
    """What came of each function of the warm-up."""
    path, _ = warm_up.give(workspace.folder)
    found = [asdict(one) for one in warm_up.checked(path)]
    return {"functions": found, "held": len(found) == len(warm_up.names()) and all(one["holds"] for one in found)}
