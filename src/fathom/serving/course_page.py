"""The page of the course, put together from its files: one of HTML, some of CSS, some of JavaScript.

The curves of the plots are expressions in the lessons, which are ours; they are written into the page's one script, so
that nothing is evaluated from text in the browser.
"""

from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files as resources

from fathom.learning import lessons
from fathom.learning.course import exercises

EXPRESSION = re.compile(r"[\w\s+\-*/().,?:<>=]+")
"""What a curve may be made of."""

STYLES = ("colours", "layout", "lesson", "live", "editor", "answers", "views")
SCRIPTS = (
    "base", "plots", "diagrams", "live", "wide", "python", "editor", "documents", "verdict", "jobs", "exercise", "map",
    "search", "newcomer", "review", "project", "framework", "router",
)  # fmt: skip
"""The files, in the order in which they stand in the page; each uses only what stands before, or is called later.

Before the last one, which shows the first view, stand the live diagrams, named as their stills: ``live/boxes.js``.
"""


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


def live() -> list[str]:
    """The names of the diagrams that are live, too."""
    place = resources("fathom.serving").joinpath("pages/course/live")
    return sorted(one.name.removesuffix(".js") for one in place.iterdir() if one.name.endswith(".js"))


def page() -> str:
    """The page, its curves filled in; what is filled in at each answer (``secret``, ``nonce``) stays open."""
    place = resources("fathom.serving").joinpath("pages/course")

    def text(name: str) -> str:
        return place.joinpath(name).read_text(encoding="utf-8")

    whole = text("page.html")
    whole = whole.replace("{{styles}}", "\n".join(text(f"{name}.css") for name in STYLES))
    scripts = [f"{name}.js" for name in SCRIPTS[:-1]] + [f"live/{name}.js" for name in live()] + [f"{SCRIPTS[-1]}.js"]
    whole = whole.replace("{{scripts}}", "\n".join(map(text, scripts)))
    return whole.replace("{{curves}}", curves())
