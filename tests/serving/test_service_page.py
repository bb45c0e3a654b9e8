"""The page of ``fathom serve``: it answers as the run does, keeps what is flagged, and gives no other file away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running, running

import fathom
from fathom.data import label_corrections
from fathom.runs.folder import RunFolder
from fathom.runs.review_tags import tags_of_run
from fathom.serving.service.answer_page import answer_html, spans

pytest.importorskip("gradio", reason="the extra demo is not installed")

FLAG, ASK = 0, 1
"""The buttons, in the order in which they are made."""


@pytest.fixture(scope="module")
def shown(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[fathom.Run, Path, Running]]:
    first, data = trained("pictures")
    run = fathom.load(
        shutil.copytree(first.path, tmp_path_factory.mktemp("shown") / "run")
    )  # what is flagged lies beside
    with running([run.path], page=True) as one:
        yield run, data, one


def pressed(one: Running, button: int, values: list[Any]) -> Any:
    """What a button of the page answers."""
    asked = {"data": values, "fn_index": button, "session_hash": f"s{button}"}
    assert one.post("/gradio_api/queue/join", json=asked).status_code == 200
    with one.client.stream("GET", f"/gradio_api/queue/data?session_hash=s{button}") as answer:
        for line in answer.iter_lines():
            told = json.loads(line.removeprefix("data: ")) if line.startswith("data:") else {}
            if told.get("msg") == "process_completed":
                return told
    raise AssertionError("no answer")


def dropped(one: Running, path: Path) -> dict[str, Any]:
    """A file that was dropped into the page."""
    (place,) = one.post("/gradio_api/upload", files={"files": (path.name, path.read_bytes())}).json()
    return {"path": place, "meta": {"_type": "gradio.FileData"}}


def test_a_picture_that_is_dropped_is_answered_drawn_and_flagged(shown: tuple[fathom.Run, Path, Running]) -> None:
    run, data, one = shown
    picture = data / "dark" / "00.png"
    told = pressed(one, ASK, [dropped(one, picture)])["output"]["data"][0]
    said = run.predict(picture)[0]
    assert f"{100 * said.scores['dark']:.1f} %" in told
    buttons = {c["props"].get("value"): c["props"] for c in one.client.get("/config").json()["components"]}
    assert buttons["Flag"]["interactive"] is False
    for values, answered in (([dropped(one, picture)], True), ([None], False)):
        assert pressed(one, ASK, values)["output"]["data"][1]["interactive"] is answered
    assert "data:image/png;base64" in told  # where the net looked
    kept = pressed(one, FLAG, ["dark", dropped(one, picture)])["output"]["data"][0]
    tags = tags_of_run(RunFolder.open(run.path))
    ((name, one_said),) = tags.of.items()
    assert name in kept
    assert (one_said.tags, one_said.label) == (("flagged",), "dark")
    assert said.value in one_said.note
    assert (run.path.parent / "data.flagged" / name).read_bytes() == picture.read_bytes()
    assert label_corrections.read_decisions(tags.path) is not None


def test_no_file_of_this_machine_is_given_away(shown: tuple[fathom.Run, Path, Running]) -> None:
    run, data, one = shown
    pressed(one, ASK, [dropped(one, data / "dark" / "01.png")])
    for path in (
        run.path / "recipe.json",
        data / "dark" / "00.png",
        Path("/etc/passwd"),
        Path.cwd() / "pyproject.toml",
    ):
        answer = one.client.get(f"/gradio_api/file={path}")
        assert answer.status_code in (403, 404)
        stolen = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
        told = pressed(one, ASK, [stolen])
        assert not told["success"], told
        assert not [p for p in one.service.folder.rglob(path.name) if "/page/" in str(p) and path.name != "00.png"]


def test_the_page_loads_nothing_from_elsewhere_and_hides_no_other_address(
    shown: tuple[fathom.Run, Path, Running],
) -> None:
    run, data, one = shown
    page = one.client.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "fonts.googleapis" not in page.text
    answer = one.post(files={"file": ("a.png", (data / "dark" / "00.png").read_bytes())})
    assert answer.json()["prediction"] == run.predict(data / "dark" / "00.png")[0].value
    assert one.client.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_what_strangers_write_is_no_html() -> None:
    nasty = "<script>alert(1)</script>"
    record = {"prediction": nasty, "confidence": 0.5, "scores": {nasty: 0.5}, "doubts": [nasty]}
    assert "<script" not in answer_html(record, nasty, nearest=[(nasty, "0.1", b"")])
    told = spans(["Ann", nasty], ["B-person", "O"])
    assert "<script" not in told
    assert told.count("<span") == 1


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/predict", 405), ("DELETE", "/health", 405), ("PUT", "/run/predict", 405), ("POST", "/", 405),
        ("GET", "/nothing", 404), ("POST", "/run/nothing", 404), ("GET", "/gradio_api/nothing", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_in_the_same_shape_as_without_a_page(
    shown: tuple[fathom.Run, Path, Running], method: str, address: str, status: int
) -> None:
    answer = shown[2].client.request(method, address)
    assert answer.status_code == status
    said = {404: "there is nothing at this address", 405: "this address answers other methods of HTTP"}
    assert answer.json() == {"error": said[status]}
    assert (status == 405) == ("allow" in answer.headers)
