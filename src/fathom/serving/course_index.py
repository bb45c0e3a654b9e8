"""Where things are in the course: its map, the words that lead to lessons, and the glossary."""

from __future__ import annotations

import tomllib
from typing import Any

from fathom.errors import UserError
from fathom.learning import projects
from fathom.learning.course import ROOT, Exercise, _plain, course, exercises, find, terms
from fathom.learning.strategy_simulator import SCENARIOS
from fathom.learning.workspace import Workspace

MOST = 12
"""Lessons that a search shows."""
GLOSSARY = ROOT / "glossary.toml"


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
        "glossary": GLOSSARY.is_file(),
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
    for one in exercises():
        named = (one.title, one.name, *one.topics, *terms().get(one.name, ()))
        near = next((word for word in named if len(wanted) > 1 and wanted in _plain(word)), None)
        if near is not None:
            found.setdefault(one.id, (one, "" if near in (one.title, one.name) else near.replace("-", " ")))
    hits = [{"id": one.id, "name": one.name, "title": one.title, "word": word} for one, word in found.values()]
    return {"found": hits[:MOST], "said": "" if hits else said}


def glossary() -> list[dict[str, Any]]:
    """The words of the field with what they mean, in order of the alphabet; [] where there is no glossary."""
    if not GLOSSARY.is_file():
        return []
    told = tomllib.loads(GLOSSARY.read_text("utf-8"))
    listed = next((value for value in told.values() if isinstance(value, list)), None)
    entries = listed if listed is not None else [{"term": k, **_entry(v)} for k, v in told.items()]
    known = {one.name: one for one in exercises()}
    found = []
    for entry in entries:
        lesson = known.get(str(entry.get("lesson", "")))
        means = next((str(entry[k]) for k in ("means", "meaning", "definition", "text", "what") if k in entry), "")
        term = next((str(entry[k]) for k in ("term", "word", "name") if k in entry), "")
        where = None if lesson is None else {"id": lesson.id, "name": lesson.name, "title": lesson.title}
        found.append({"term": term, "means": means, "lesson": where})
    return sorted(found, key=lambda one: one["term"].lower())


def _entry(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {"means": str(value)}
