"""How ``fathom serve`` reads what is sent: what is said of it, what is too much, and that nobody waits for others."""

from __future__ import annotations

import io
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from running import Running, running

import fathom
from fathom.serving.service import input_worker
from fathom.serving.service.limits import Limits
from fathom.serving.service.messages import Body, Reading
from fathom.serving.service.request_body import Accepts
from fathom.serving.service.run_inputs import RunInputs

CSV = {"Content-Type": "text/csv"}
LIMITS = Limits(pixels=1_000_000, side=2_000, all_pixels=1_500_000, read_time=4)


@pytest.fixture(scope="module")
def runs(trained: Any) -> dict[str, tuple[fathom.Run, Path]]:
    return {name: trained(name) for name in ("pictures", "classes", "texts", "tags")}


@pytest.fixture(scope="module")
def served(runs: dict[str, tuple[fathom.Run, Path]]) -> Iterator[Running]:
    with running([run.path for run, _ in runs.values()], LIMITS) as one:
        yield one


def png(width: int, height: int, mode: str = "L") -> bytes:
    data = io.BytesIO()
    Image.new(mode, (width, height), 99).save(data, "PNG")
    return data.getvalue()


def form(*files: bytes) -> dict[str, Any]:
    return {"files": [("file", (f"{i}.png", data)) for i, data in enumerate(files)]}


@pytest.mark.parametrize(
    ("address", "asked", "why"),
    [
        ("pictures", form(b"no picture", b"nor this"), "none of the 2 inputs can be answered (0.png: not a picture)"),
        ("pictures", {"json": {"inputs": ["AAAA"]}}, "not a picture"),
        ("classes", {"content": b"width,kind\n,\n", "headers": CSV}, "nothing but empty fields"),
        ("classes", {"json": {"inputs": [{"a": 1}, {"b": 2}]}}, "none of the 2 inputs can be answered"),
        ("texts", {"json": {"inputs": ["", " "]}}, "none of the 2 inputs can be answered (input 1: the text is empty:"),
    ],
)
def test_what_has_no_answer_at_all_is_refused_with_each_reason(
    served: Running, address: str, asked: Any, why: str
) -> None:
    answer = served.post(f"/{address}/predict", **asked)
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert why in told["error"]
    assert all(one["error"] for one in told["predictions"])


def test_what_is_refused_for_its_size_has_the_status_of_it(served: Running) -> None:
    answer = served.post("/pictures/predict", **form(png(1200, 1200), png(1200, 1200)))
    assert answer.status_code == 413
    assert len(answer.json()["predictions"]) == 2


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ((1200, 1200), "a picture of 1,200 × 1,200 pixels has more than 1,000,000"),
        ((1, 3000), "a picture of 1 × 3,000 pixels has a side of more than 2,000"),
        ((40_000, 40_000), "a picture of more than 1,000,000 pixels is not read"),  # more than is read anywhere
    ],
)
def test_limits_are_told_as_they_are_set(served: Running, size: tuple[int, int], why: str) -> None:
    head = png(8, 8)
    data = head[:16] + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + head[24:]
    data = data[:29] + zlib.crc32(data[12:29]).to_bytes(4, "big") + data[33:]
    answer = served.post("/pictures/predict", **form(data))
    assert answer.status_code == 413
    assert answer.json() == {"error": why}


def test_the_pictures_of_a_request_are_bounded_together(served: Running) -> None:
    found = served.post("/pictures/predict", **form(*[png(800, 800)] * 3)).json()["predictions"]
    assert ["error" in one for one in found] == [False, False, True]
    assert found[2]["error"] == "the pictures of the request have more than 1,500,000 pixels together"


def test_who_sends_much_keeps_nobody_waiting(runs: Any) -> None:
    large, head = png(20_000, 2000, "RGB"), {"Content-Type": "image/png"}
    with running([runs["pictures"][0].path], Limits(all_pixels=10**11)) as one:
        one.post(content=large, headers=head)
        begun = time.monotonic()
        one.post(content=large, headers=head)
        count = round((input_worker.TURN + 2) / (time.monotonic() - begun))
        ended: list[str] = []

        def ask(name: str, **asked: Any) -> None:
            assert one.post(**asked).status_code == 200
            ended.append(name)

        much = threading.Thread(target=ask, args=("much",), kwargs=form(*[large] * count))
        much.start()
        time.sleep(0.5)
        ask("little", content=png(12, 12), headers=head)
        much.join()
    assert ended == ["little", "much"]


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        ({"content": b"width,width,kind\n1,2,red\n", "headers": CSV}, "the header 'width' is there twice"),
        ({"content": "width,kind,näme\n1,red,x\n".encode("latin-1"), "headers": CSV}, "read as Latin-1"),
        ({"content": b'{"input": {"width": 1, "width": 2, "kind": "red"}}'}, "the key 'width' is there twice"),
        ({"files": [("file", ("r.json", b'[{"width": 1, "width": 2, "kind": "red"}]'))]}, "r.json: the key 'width'"),
    ],
)
def test_what_was_guessed_is_said_and_each_time(served: Running, asked: Any, note: str) -> None:
    asked.setdefault("headers", {"Content-Type": "application/json"} if "content" in asked else {})
    for _ in range(2):
        answer = served.post("/classes/predict", **asked)
        assert answer.status_code == 200, answer.text
        assert [note in one for one in answer.json()["notes"]] == [True]
        assert "/tmp" not in answer.text


def test_infinity_is_no_number_and_is_doubted(runs: Any, served: Running) -> None:
    rows = [{"width": "inf", "kind": "red"}, {"width": "-Infinity", "kind": "red"}, {"width": "", "kind": "red"}]
    told = served.post("/classes/predict", json={"inputs": rows}).json()["predictions"]
    wanted = [["width: 'inf' is no number"], ["width: '-Infinity' is no number"], None]
    assert [one.get("doubts") for one in told] == wanted
    (said,) = runs["classes"][0].predict({"width": float("inf"), "kind": "red"})
    assert [one.sentence() for one in said.doubts] == ["width: 'inf' is no number"]


class Draws:
    """Reads nothing, and keeps what it is asked to draw."""

    accepts = Accepts.TEXT

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    def read(self, text: str, *, is_file: bool) -> Iterator[tuple[str, Any, list[str]]]:
        raise AssertionError

    def draw(self, text: str, asked: Mapping[str, Any], *, is_file: bool) -> Reading:
        self.asked.append((Path(text).read_text() if is_file else text, is_file))
        return Reading()


def test_a_text_that_names_a_file_is_drawn_as_a_text(tmp_path: Path) -> None:
    secret, reader = tmp_path / "secret.txt", Draws()
    secret.write_text("what nobody may see")
    for text in (str(secret), "plain"):
        input_worker.reading(reader, Body("text/plain", text.encode(), {"prediction": "x"}), Limits(), tmp_path)
    assert reader.asked == [(str(secret), True), ("plain", False)]


def test_the_drawn_words_are_those_of_the_text(runs: Any, tmp_path: Path) -> None:
    run, _ = runs["tags"]
    body = Body("text/plain", b"Mr Ant is in Rome", {"prediction": "O O O O O"})
    drawn = input_worker.reading(RunInputs(run.path), body, Limits(), tmp_path)
    assert drawn.words == ["Mr", "Ant", "is", "in", "Rome"]
