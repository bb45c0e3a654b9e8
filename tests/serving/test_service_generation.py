"""``POST /generate``: what a net writes comes in parts, and few write at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from running import Running, running

import fathom
from fathom.serving.service.limits import Limits
from fathom.testing import train
from task_cases import CASES


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[fathom.Run, Running]]:
    """A language model of running text."""
    folder = tmp_path_factory.mktemp("writing")
    case = CASES["running text"]
    run = train(case.make(folder), folder / "run", case, epochs=1, net="lstm")
    with running([run.path], Limits(tokens=300)) as one:
        yield run, one


def test_what_is_written_comes_in_parts_and_is_what_generate_writes(writing: tuple[fathom.Run, Running]) -> None:
    run, one = writing
    asked = {"prompt": "the king", "length": 40, "seed": 3, "temperature": 0.5}
    with one.client.stream("POST", "/generate", json=asked) as answer:
        parts = list(answer.iter_text())
    assert "".join(parts) == "".join(run.generate(**asked))  # type: ignore[arg-type]
    assert len(parts) > 3


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (422, {"temperature": -1}),
        (422, {"other": 1}),
        (422, {"prompt": "the QUEEN"}),
        (413, {"length": 301}),
        (422, {"seed": "x"}),
    ],
)
def test_what_cannot_be_written_is_refused(
    writing: tuple[fathom.Run, Running], status: int, asked: dict[str, Any]
) -> None:
    answer = writing[1].post("/generate", json=asked)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_few_write_at_once_and_who_leaves_makes_room(writing: tuple[fathom.Run, Running], monkeypatch: Any) -> None:
    _, one = writing
    begun = threading.Semaphore(0)

    def slow(served: Any, asked: Any) -> Iterator[str]:
        for _ in range(200):
            begun.release()
            yield "x"
            time.sleep(0.02)

    monkeypatch.setattr("fathom.serving.service.generation.parts_of", slow)
    with one.client.stream("POST", "/generate", json={}), one.client.stream("POST", "/generate", json={}):
        begun.acquire()
        assert one.post("/generate", json={}).status_code == 503
    for _ in range(100):
        with one.client.stream("POST", "/generate", json={}) as answer:
            if answer.status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("nobody made room")
