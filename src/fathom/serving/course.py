"""``fathom learn --web``: the lessons in the browser, with formulas, live plots, and the exercise beside them.

Everything comes from this machine. The curves of the plots are expressions in the lessons, which are ours; they are
written into the page's one script, so that nothing is evaluated from text in the browser.
"""

from __future__ import annotations

import io
import json
import re
import tomllib
import webbrowser
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from fathom.errors import UserError
from fathom.learning import lessons
from fathom.learning.course import Exercise, course, exercises, find
from fathom.learning.render import verdict_lines
from fathom.learning.workspace import Workspace
from fathom.serving.local import Answer, Local, Missing

EXPRESSION = re.compile(r"[\w\s+\-*/().,?:<>=]+")
"""What a curve may be made of."""


class Lessons:
    """What the page asks for, and what it tells.

    Args:
        desk: of the learner.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def get(self, path: str) -> Answer:
        """``/course``: all exercises; ``/lesson/1.5``: one page."""
        if path == "/course":
            return Answer.of(self.standing())
        if path.startswith("/lesson/"):
            try:
                return Answer.of(self.lesson(path.removeprefix("/lesson/")))
            except UserError as error:
                raise Missing(str(error)) from None
        raise Missing

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """``/predict``, ``/check``, ``/hint`` of an exercise."""
        workspace = self.workspace = Workspace(self.workspace.folder)
        one = find(str(body.get("exercise", "")))
        if path == "/predict":
            choice = body.get("choice")
            if not isinstance(choice, int) or not 0 <= choice < len(one.predict.choices):
                raise UserError("there is no such answer")
            workspace.predict(one, choice)
        elif path == "/check":
            workspace.place(one)
            verdict = workspace.check(one)
            return Answer.of({"passed": verdict.passed, "said": _text(verdict_lines(one, verdict, workspace.printed))})
        elif path == "/hint":
            rung, text = workspace.hint(one)
            return Answer.of({"said": f"{rung} of {len(one.hints)}: {text}"})
        else:
            raise Missing
        return Answer.of(self.lesson(one.id))

    def standing(self) -> dict[str, Any]:
        """All parts and exercises, and where one stands."""
        workspace = self.workspace = Workspace(self.workspace.folder)
        current = workspace.current()
        parts = [
            {
                "title": f"{part.number}  {part.title}",
                "exercises": [{"id": e.id, "title": e.title, "mark": _mark(workspace, e)} for e in part.exercises],
            }
            for part in course()
        ]
        return {"parts": parts, "current": (current or exercises()[0]).id, "due": len(workspace.reviews_today()[0])}

    def lesson(self, name: str) -> dict[str, Any]:
        """One page, its question, and its file."""
        one = find(name)
        asked, chosen = self.workspace.asked(one), self.workspace.chosen(one)
        return {
            "id": one.id, "title": one.title, "html": _drawn(one), "question": asked.question,
            "choices": asked.choices, "chosen": chosen, "own": one.told["own"],
            "answer": asked.answer if chosen is not None else None,
            "why": asked.why if chosen is not None else "",
            "file": str(self.workspace.path(one)), "write": one.write, "swap": (one.folder / "swap.py").exists(),
        }  # fmt: skip


def _drawn(one: Exercise) -> str:
    """The lesson as HTML; ± as an operator, which has space around it, and not as a letter."""
    return lessons.web(one).replace("<mi>&#x000B1;</mi>", "<mo>&#x000B1;</mo>")


def _mark(workspace: Workspace, exercise: Any) -> str:
    state = workspace.state(exercise)
    if state.solved is None:
        return "begun" if state.begun else ""
    return "stale" if state.stale(exercise) else "solved"


def _text(what: Any) -> str:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=96, highlight=False)
    console.print(what)
    return console.file.getvalue()  # type: ignore[attr-defined]


def curves() -> str:
    """The curves of all plots, as functions of JavaScript: by the exercise, the plot and the curve.

    Raises:
        ValueError: a curve is no expression.
    """
    found = []
    for one in exercises():
        for number, block in enumerate(m[2] for m in lessons.BLOCK.finditer(one.lesson) if m[1] == "plot"):
            told = tomllib.loads(block)
            for name, expression in told["curves"].items():
                if not EXPRESSION.fullmatch(expression):
                    raise ValueError(f"{one.id}: {expression!r} is no curve")
                names = ", ".join(["x", *told["sliders"]])
                key = json.dumps(f"{one.id}/{number}/{name}", ensure_ascii=False)
                found.append(f"{key}: ({names}) => {expression}")
    return "{\n" + ",\n".join(found) + "\n}"


def page() -> str:
    """The page, its curves filled in."""
    text = resources("fathom.serving").joinpath("pages/course.html").read_text(encoding="utf-8")
    return text.replace("{{curves}}", curves())


def local(workspace: Workspace, port: int = 0) -> Local:
    """A server of the lessons that is not started yet.

    Raises:
        UserError: the port is taken.
    """
    told = Lessons(workspace)
    return Local(page(), told.get, told.post, port)


def serve(place: Path, port: int, browser: bool) -> None:
    """Serve the lessons of the learner's folder until Ctrl-C.

    Raises:
        UserError: the course has not been started there, or the port is taken.
    """
    workspace = Workspace.find(place)
    lessons.web(exercises()[0])  # says at once what is missing
    server = local(workspace, port)
    print(f"the course is at {server.address}\nCtrl-C ends", flush=True)
    if browser:
        webbrowser.open(server.address)
    server.serve()
