"""``POST /transcribe``: a long recording is written down line by line, by the run or by Whisper, for few at once."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import Running, running

import fathom
from fathom.nets.audio import whisper
from fathom.serving.service import transcription
from fathom.serving.service.limits import Limits
from fathom.testing import train
from task_cases import CASES

soundfile = pytest.importorskip("soundfile", reason="the extra audio is not installed")
RATE = 8000


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[fathom.Run, Running]]:
    """A recognizer of two words."""
    folder = tmp_path_factory.mktemp("hearing")
    case = CASES["speech"]
    run = train(case.make(folder), folder / "run", case)
    with running([run.path], Limits(seconds=60)) as one:
        yield run, one


def wav(samples: Any) -> bytes:
    data = io.BytesIO()
    soundfile.write(data, samples, RATE, format="WAV", subtype="FLOAT")
    return data.getvalue()


def tones(seconds: float) -> Any:
    """Tones that rise and fall, with a pause after each."""
    moment = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * (500 + 150 * np.sin(4 * moment)) * moment) * (moment % 1 < 0.7)).astype(np.float32)


def lines(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_line_is_what_the_run_says_of_its_stretch(hearing: tuple[fathom.Run, Running], tmp_path: Path) -> None:
    run, one = hearing
    samples = tones(45)
    *parts, whole = lines(one.post("/transcribe", files={"file": ("long.wav", wav(samples))}))
    ends = [0.0, *(part["end"] for part in parts)]
    assert len(parts) >= 3
    assert [part["start"] for part in parts] == ends[:-1]
    assert whole == {"input": "long.wav", "text": " ".join(p["text"] for p in parts if p["text"]), "seconds": 45.0}
    for number, part in enumerate(parts):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(wav(samples[round(part["start"] * RATE) : round(part["end"] * RATE)]))
        assert part["text"] == run.predict(path)[0].value
    assert whole["text"]


@pytest.mark.skipif(not whisper.is_installed(), reason="the packaged weights are not installed")
def test_whisper_writes_as_transcribe_does(hearing: tuple[fathom.Run, Running], tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(tones(1)))
    (wanted,) = fathom.transcribe(path)
    asked = {"content": path.read_bytes(), "headers": {"Content-Type": "audio/wav"}}
    *parts, whole = lines(hearing[1].post("/transcribe?by=whisper", **asked))
    assert parts == wanted.record()["parts"]
    assert whole["text"] == wanted.text


@pytest.mark.parametrize(
    ("status", "path", "asked"),
    [
        (413, "", {"files": {"file": ("long.wav", wav(np.ones(61 * RATE, np.float32)))}}),
        (422, "", {"files": [("file", ("a.wav", wav(tones(1))))] * 2}),
        (422, "", {"files": {"file": ("a.wav", b"no sound")}}),
        (422, "", {"content": "a text", "headers": {"Content-Type": "text/plain"}}),
        (422, "?by=nobody", {"files": {"file": ("a.wav", wav(tones(1)))}}),
        (400, "", {"content": b""}),
    ],
)
def test_what_cannot_be_written_down_is_refused(
    hearing: tuple[fathom.Run, Running], status: int, path: str, asked: dict[str, Any]
) -> None:
    answer = hearing[1].post(f"/transcribe{path}", **asked)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}


def test_lines_come_as_they_are_found_and_who_leaves_costs_nothing_more(
    hearing: tuple[fathom.Run, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, one = hearing
    said, go_on = [], threading.Event()

    def say(part: Any) -> str:
        said.append(part.start)
        if part.start:
            go_on.wait(20)
        return "x"

    monkeypatch.setattr(transcription, "_said_by", lambda one: say)
    asked = {"content": wav(tones(59)), "headers": {"Content-Type": "audio/wav"}}
    with one.client.stream("POST", "/transcribe", **asked) as first, one.client.stream("POST", "/transcribe", **asked):
        found = first.iter_lines()
        assert json.loads(next(found))["start"] == 0  # while the second is still being written down
        refused = one.post("/transcribe", **asked)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        wait_until(lambda: len(said) == 4)
    with contextlib.ExitStack() as stack:
        later = [entered(one, asked, stack) for _ in range(2)]  # for whom the first two have made room
        go_on.set()
        parts = [len(list(answer.iter_lines())) - 1 for answer in later]
    assert parts[0] == parts[1] >= 3
    assert len(said) == 4 + sum(parts)


def entered(one: Running, asked: dict[str, Any], stack: contextlib.ExitStack) -> Any:
    """An answer, as soon as there is room."""
    while True:
        answer = stack.enter_context(one.client.stream("POST", "/transcribe", **asked))
        if answer.status_code == 200:
            return answer
        answer.read()
        time.sleep(0.02)


def wait_until(done: Any) -> None:
    end = time.monotonic() + 10
    while not done() and time.monotonic() < end:
        time.sleep(0.01)


def test_the_document_describes_it(hearing: tuple[fathom.Run, Running]) -> None:
    asked = hearing[1].client.get("/openapi.json").json()["paths"]["/transcribe"]["post"]
    assert "application/x-ndjson" in asked["responses"]["200"]["content"]
    assert asked["parameters"][0]["schema"]["enum"] == ["run", "whisper"]
    assert "audio/wav" in asked["requestBody"]["content"]
