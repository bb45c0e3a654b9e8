"""The course in the browser: lessons, predictions and checks over the local server."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fathom.learning.course import Exercise, exercises
from fathom.learning.diagrams import diagram
from fathom.learning.lessons import BLOCK
from fathom.learning.workspace import Workspace
from fathom.serving.course import curves, local, page
from fathom.serving.course_page import live
from fathom.serving.local import Local

pytest.importorskip("latex2mathml")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Workspace, Local]]:
    workspace = Workspace.start(tmp_path)
    server = local(workspace)
    server.start()
    yield workspace, server
    server.stop()


def ask(server: Local, path: str, body: dict[str, Any] | None = None) -> Any:
    address = f"http://127.0.0.1:{server.port}{path}"
    if body is None:
        request = urllib.request.Request(f"{address}?key={server.secret}")
    else:
        head = {"Content-Type": "application/json", "X-Fathom-Key": server.secret}
        request = urllib.request.Request(address, json.dumps(body).encode(), head)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def test_a_learner_reads_predicts_and_checks(served: tuple[Workspace, Local]) -> None:
    workspace, server = served
    standing = ask(server, "/course")
    assert [e["id"] for part in standing["parts"] for e in part["exercises"]] == [one.id for one in exercises()]
    assert standing["current"] == "1.1"
    lesson = ask(server, "/lesson/1.1")
    assert "<math" in lesson["html"]
    assert lesson["answer"] is None
    told = ask(server, "/predict", {"exercise": "1.1", "choice": 1})
    assert told["choices"] == list(workspace.asked(exercises()[0]).choices)
    assert told["choices"][told["answer"]] == exercises()[0].predict.choices[exercises()[0].predict.answer]
    assert told["chosen"] == 1
    assert not ask(server, "/check", {"exercise": "1.1"})["passed"]
    workspace.path(exercises()[0]).write_text(exercises()[0].solution, "utf-8")
    assert ask(server, "/check", {"exercise": "1.1"})["passed"]
    assert ask(server, "/course")["parts"][0]["exercises"][0]["mark"] == "solved"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/lesson/9.9", None),
        ("/nothing", None),
        ("/predict", {"exercise": "1.1", "choice": 99}),
        ("/predict", {"exercise": "x"}),
        ("/other", {"exercise": "1.1"}),
    ],
)
def test_what_makes_no_sense_is_refused(
    served: tuple[Workspace, Local], path: str, body: dict[str, Any] | None
) -> None:
    with pytest.raises(urllib.error.HTTPError):
        ask(served[1], path, body)


def test_the_curves_are_expressions_and_nothing_comes_from_elsewhere() -> None:
    text = page()
    assert "{{curves}}" not in text
    assert curves().count("=>") >= len(exercises())
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_page_swaps_where_there_is_a_training(served: tuple[Workspace, Local]) -> None:
    assert ask(served[1], "/lesson/1.5")["swap"]
    assert not ask(served[1], "/lesson/3.1")["swap"]


@pytest.mark.parametrize("exercise", exercises(), ids=lambda one: one.id)
def test_words_in_formulas_are_set_as_words(exercise: Exercise) -> None:
    for block in BLOCK.finditer(exercise.lesson):
        if block[1] == "math":
            bare = re.sub(r"\\(?:mathrm|text)\{[^{}]*\}|\\[A-Za-z]+|_\{[^{}]*\}", " ", block[2])
            assert not re.search(r"[A-Za-z]{3,}", bare), block[2]


def test_operators_have_space_around_them(served: tuple[Workspace, Local]) -> None:
    assert "<mo>&#x000B1;</mo>" in ask(served[1], "/lesson/3.3")["html"]


def test_what_is_live_has_a_still() -> None:
    assert set(live()) >= {"attention", "boxes", "convolution"}
    for name in live():
        assert diagram(name)
        assert f'LIVE["{name}"] = place => ' in page()
        assert any(f'name = "{name}"' in one.lesson for one in exercises())
