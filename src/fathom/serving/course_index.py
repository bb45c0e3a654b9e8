"""Where things are in the course: its map, the words that lead to lessons, and the glossary."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fathom.errors import UserError
from fathom.learning import projects, reference
from fathom.learning.course import Exercise, _plain, course, exercises, find, terms
from fathom.learning.strategy_simulator import SCENARIOS
from fathom.learning.workspace import Workspace

MOST = 12
"""Lessons that a search shows."""


def standing(workspace: Workspace) -> dict[str, Any]:
    """The map: parts, exercises, projects and flights, and where one stands."""
    current, done = workspace.current(), projects.passed(workspace)
    parts = []
    for part in course():
        project = next((one for one in projects.PROJECTS if one.name == part.project), None)
        parts.append(
            {
                "title": f"{part.number}  {part.title}",
                "exercises": [
                    {"id": e.id, "name": e.name, "title": e.title, "mark": mark(workspace, e)} for e in part.exercises
                ],
                "project": None
                if project is None
                else {
                    "name": project.name,
                    "title": project.title,
                    "brief": project.brief,
                    "mark": "solved" if project.name in done else "",
                },
            }
        )
    flown = {str(e.get("scenario")) for e in workspace.progress.events if e["event"] == "flown"}
    return {
        "parts": parts,
        "flights": [
            {"name": s.name, "title": s.title, "story": s.story, "mark": "solved" if s.name in flown else ""}
            for s in SCENARIOS
        ],
        "current": (current or exercises()[0]).id,
        "finished": current is None,
        "due": len(workspace.reviews_today()[0]),
        "started": bool(workspace.progress.events),
        "folder": str(workspace.folder),
        "note": workspace.progress.fault,
    }


def mark(workspace: Workspace, exercise: Exercise) -> str:
    """``solved``, ``stale``, ``begun`` or ""."""
    state = workspace.state(exercise)
    if state.solved is None:
        return "begun" if state.begun else ""
    return "stale" if state.stale(exercise) else "solved"


def search(words: str) -> dict[str, Any]:
    """The lessons that explain a word, the best first; and where there are none, what to do about it."""
    words = " ".join(words.split())[:100]
    found: dict[str, tuple[Exercise, str]] = {}
    said = ""
    if not words:
        return {"found": [], "said": ""}
    try:
        best = find(words)
        found[best.id] = (best, "")
    except UserError as error:
        said = str(error)
    wanted = _plain(words)
    for term in reference.glossary():
        if len(wanted) > 1 and any(wanted == _plain(form) for form in (term.term, *term.forms)):
            found.setdefault(term.exercise.id, (term.exercise, term.term))
    for one in exercises():
        named = (one.title, one.name, *one.topics, *terms().get(one.name, ()))
        near = next((word for word in named if len(wanted) > 1 and wanted in _plain(word)), None)
        if near is not None:
            found.setdefault(one.id, (one, "" if near in (one.title, one.name) else near.replace("-", " ")))
    hits = [{**_where(one), "word": word} for one, word in found.values()]
    return {"found": hits[:MOST], "said": "" if hits else said}


def glossary() -> dict[str, Any]:
    """The words of the field with what they mean, in order of the alphabet, and the letters of the formulas."""
    words = [
        {"term": one.term, "means": one.meaning, "anchor": one.anchor, "lesson": _where(one.exercise)}
        for one in reference.glossary()
    ]
    return {"words": words, "letters": [asdict(one) for one in reference.notation()]}


def _where(one: Exercise) -> dict[str, str]:
    return {"id": one.id, "name": one.name, "title": one.title}
