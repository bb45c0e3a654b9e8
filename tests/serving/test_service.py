"""``fathom serve``: it answers as ``fathom predict``, together what comes together, and strangers with a sentence."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from running import Running, running

import fathom
from fathom.errors import UserError
from fathom.runs.folder import RunFolder
from fathom.runs.predict import Predictor, as_record
from fathom.runs.predict import inputs as read_inputs
from fathom.serving.service import server as serving
from fathom.serving.service.batcher import Batcher
from fathom.serving.service.input_workers import sweep
from fathom.serving.service.limits import Limits, limits_of
from fathom.serving.service.messages import Arrays
from fathom.serving.service.request_body import file_name

KEY = "a-key-of-some-length"


@pytest.fixture(scope="module")
def runs(trained: Any) -> dict[str, tuple[fathom.Run, Path]]:
    """A run of each of some cases, with its data."""
    return {name: trained(name) for name in ("pictures", "classes", "texts")}


@pytest.fixture(scope="module")
def served(runs: dict[str, tuple[fathom.Run, Path]]) -> Iterator[Running]:
    """All of them, under their names."""
    with running([run.path for run, _ in runs.values()]) as one:
        yield one


def expected(run: fathom.Run, *given: str) -> list[dict[str, Any]]:
    """What ``fathom predict --json`` says."""
    predictor = Predictor(RunFolder.open(run.path))
    found = [as_record(*one) for one in predictor.predict(read_inputs(predictor.task, list(given)))]
    return [{k: v for k, v in one.items() if k != "input"} for one in found]


def nameless(record: dict[str, Any]) -> dict[str, Any]:
    return {
        k: pytest.approx(v, abs=1e-5) if isinstance(v, dict | float) else v for k, v in record.items() if k != "input"
    }


def test_a_picture_is_answered_as_predict_answers_it(runs: Any, served: Running) -> None:
    run, data = runs["pictures"]
    path = data / "dark" / "00.png"
    wanted = expected(run, str(path))[0]
    coded = base64.b64encode(path.read_bytes()).decode()
    asked: list[dict[str, Any]] = [
        {"files": {"file": ("../a/b.png", path.read_bytes())}},
        {"content": path.read_bytes(), "headers": {"Content-Type": "image/png"}},
        {"json": {"input": coded}},
        {"json": {"input": f"data:image/png;base64,{coded}"}},
        {"json": {"input": {"base64": coded, "name": "/etc/b.png"}}},
    ]
    for one in asked:
        answer = served.post("/pictures/predict", **one)
        assert answer.status_code == 200, answer.text
        assert wanted == nameless(answer.json())
    assert answer.json()["input"] == "b.png"


def test_of_several_each_has_its_answer_or_its_reason(runs: Any, served: Running) -> None:
    _, data = runs["pictures"]
    files = [("file", (name, (data / "dark" / name).read_bytes())) for name in ("00.png", "broken.png", "01.png")]
    found = served.post("/pictures/predict", files=files).json()["predictions"]
    assert [one["input"] for one in found] == ["00.png", "broken.png", "01.png"]
    assert ["error" in one for one in found] == [False, True, False]


def test_rows_come_as_records_and_as_tables(runs: Any, served: Running) -> None:
    run, _ = runs["classes"]
    rows = [{"width": 1.5, "kind": "red"}, {"width": -1, "kind": "violet"}]
    wanted = expected(run, *map(json.dumps, rows))
    assert wanted[1]["doubts"]
    told = served.post("/classes/predict", json={"inputs": rows}).json()["predictions"]
    assert wanted == [nameless(one) for one in told]
    table = b"width,kind\n1.5,red\n-1,violet\n"
    told = served.post("/classes/predict", content=table, headers={"Content-Type": "text/csv"}).json()["predictions"]
    assert wanted == [nameless(one) for one in told]
    assert (
        served.post("/classes/predict", files={"file": ("rows.csv", table)}).json()["predictions"][0]["input"]
        == "rows.csv row 1"
    )


def test_a_text_is_a_text_also_where_a_file_is_called_so(runs: Any, served: Running) -> None:
    run, _ = runs["texts"]
    secret = run.path / "recipe.json"
    for text in ("a lovely story", str(secret), str(secret.parent), "/etc", "."):
        answer = served.post("/texts/predict", json={"input": text})
        if text == ".":
            continue
        assert answer.status_code == 200, answer.text
        assert answer.json()["prediction"] in ("good", "bad")
    told = served.post("/texts/predict", content="a lovely story", headers={"Content-Type": "text/plain"}).json()
    assert expected(run, "a lovely story")[0] == nameless(told)
    wanted = expected(run, "etc")[0]["scores"]  # a file of the name would have been read
    assert served.post("/texts/predict", json={"input": "/etc"}).json()["scores"].keys() == wanted.keys()


def test_a_table_that_names_files_of_this_machine_reads_none(runs: Any, served: Running) -> None:
    _, data = runs["pictures"]
    table = f"file_name\n{data / 'dark' / '00.png'}\n".encode()
    answer = served.post("/pictures/predict", files={"file": ("list.csv", table)})
    assert answer.status_code == 422
    assert "prediction" not in answer.text


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (400, {"content": b"", "headers": {"Content-Type": "application/json"}}),
        (400, {"content": b"{", "headers": {"Content-Type": "application/json"}}),
        (400, {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}),
        (422, {"json": {"input": "no base64"}}),
        (422, {"json": {"input": 7}}),
        (422, {"json": {"inputs": {}}}),
        (422, {"json": {"input": "AAAA", "other": 1}}),
        (415, {"content": b"a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"content": b"--x\r\n\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}),
        (400, {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}),
        (413, {"content": b"x" * 200_001, "headers": {"Content-Type": "image/png"}}),
        (413, {"json": {"inputs": ["AAAA"] * 6}}),
        (413, {"files": {"file": ("large.png", b"LARGE")}}),
        (422, {"files": {"file": ("a.png", b"no picture")}}),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(runs: Any, strict: Running, status: int, asked: Any) -> None:
    if "files" in asked and asked["files"]["file"][1] == b"LARGE":
        asked = {"files": {"file": ("large.png", claiming(1200, 1200))}}
    answer = strict.post(**asked)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    for leak in ("Traceback", "/tmp", str(Path.home()), "site-packages", "0x", fathom.__version__):
        assert leak not in answer.text
    assert "server" not in answer.headers


@pytest.fixture(scope="module")
def strict(runs: Any) -> Iterator[Running]:
    """One run, with narrow limits."""
    limits = Limits(bytes=200_000, pixels=1_000_000, inputs=5, body_time=1, read_time=1)
    with running([runs["pictures"][0].path], limits) as one:
        yield one


def claiming(width: int, height: int) -> bytes:
    """A PNG of one colour."""
    data = io.BytesIO()
    Image.new("L", (width, height)).save(data, "PNG")
    return data.getvalue()


def picture(runs: Any) -> dict[str, Any]:
    return {"files": {"file": ("a.png", (runs["pictures"][1] / "dark" / "00.png").read_bytes())}}


def test_a_reader_that_hangs_is_killed_and_the_next_is_answered(runs: Any, strict: Running) -> None:
    (worker,) = next(iter(strict.service.served.values())).workers._workers
    assert strict.post(**picture(runs)).status_code == 200
    os.kill(worker._process.pid, signal.SIGSTOP)
    answer = strict.post(**picture(runs))
    assert answer.status_code == 422
    assert "longer than 1 s" in answer.json()["error"]
    assert strict.post(**picture(runs)).status_code == 200
    os.kill(worker._process.pid, signal.SIGKILL)
    assert strict.post(**picture(runs)).status_code in (200, 422, 503)
    assert strict.post(**picture(runs)).status_code == 200


def test_who_sends_a_byte_a_second_is_let_go_and_keeps_nobody_waiting(
    runs: Any, strict: Running, monkeypatch: Any
) -> None:
    monkeypatch.setattr(serving, "HEADERS_TIME", 0.5)
    slow, mute = (socket.create_connection(("127.0.0.1", strict.port)) for _ in range(2))
    slow.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 99\r\n\r\nx")
    mute.sendall(b"POST /pre")
    begun = time.monotonic()
    assert strict.post(**picture(runs)).status_code == 200
    assert time.monotonic() - begun < 0.5
    slow.settimeout(5)
    mute.settimeout(5)
    assert mute.recv(100) == b""
    assert b" 408 " in slow.recv(1000)
    slow.close()
    mute.close()


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (421, {"Host": "evil.example"}),
        (421, {"Host": "localhost.evil.example:80"}),
        (403, {"Origin": "http://evil.example"}),
        (403, {"Sec-Fetch-Site": "cross-site"}),
        (200, {"Host": "localhost:1"}),
    ],
)
def test_other_pages_may_not_ask(strict: Running, status: int, headers: dict[str, str]) -> None:
    answer = strict.client.get("/health", headers=headers)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


def test_who_does_not_know_the_key_is_told_so(runs: Any) -> None:
    with running([runs["texts"][0].path], key=KEY) as one:
        asked = {"json": {"input": "a lovely story"}}
        assert one.post(**asked).status_code == 401
        assert one.post(**asked, headers={"X-API-Key": KEY[:-1]}).status_code == 401
        assert one.post(**asked, headers={"X-API-Key": KEY}).status_code == 200
        assert one.post(**asked, headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
        assert one.client.get("/metrics").status_code == 401
        assert one.client.get("/?key=another").status_code == 401
        entered = one.client.get(f"/?key={KEY}")
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert "HttpOnly" in entered.headers["set-cookie"]
        assert one.client.get("/metrics").status_code == 200  # the browser keeps it
        assert one.client.get("/health").status_code == 200


def test_what_comes_together_is_answered_together(runs: Any, served: Running) -> None:
    _, data = runs["pictures"]
    paths = sorted((data / "dark").glob("0?.png"))
    alone = [posted(served.port, path) for path in paths]
    before = batches(served)
    with ThreadPoolExecutor(len(paths)) as threads:
        together = list(threads.map(lambda path: posted(served.port, path), paths))
    assert [nameless(a.json()) for a in together] == [
        {k: v for k, v in a.json().items() if k != "input"} for a in alone
    ]
    assert batches(served) - before < len(paths)


def posted(port: int, path: Path) -> httpx.Response:
    """A picture, sent over a connection of its own."""
    head = {"Content-Type": "image/png"}
    return httpx.post(f"http://127.0.0.1:{port}/pictures/predict", content=path.read_bytes(), headers=head)


def batches(one: Running) -> float:
    text = one.client.get("/metrics").text
    return float(next(line for line in text.splitlines() if 'batch_inputs_count{run="pictures"}' in line).split()[1])


def test_a_full_server_says_when_to_come_again(runs: Any) -> None:
    with running([runs["texts"][0].path], Limits(requests=1)) as one:
        service = one.service
        service._requests = 1  # somebody is being answered
        answer = one.post(json={"input": "a lovely story"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        service._requests = 0
        assert one.post(json={"input": "a lovely story"}).status_code == 200


def test_who_has_left_costs_nothing_and_one_bad_input_harms_no_other() -> None:
    seen: list[int] = []

    def answer(inputs: Sequence[Arrays]) -> list[int]:
        numbers = [int(one["x"]) for one in inputs]
        seen.extend(numbers)
        if 2 in numbers:
            raise UserError("two is no number of ours")
        return [10 * n for n in numbers]

    async def scene() -> list[Any]:
        with ThreadPoolExecutor(1) as threads:
            batcher = Batcher(answer, threads)
            tasks = [asyncio.create_task(batcher.answer([{"x": np.array(i)}])) for i in range(4)]
            await asyncio.sleep(0)
            tasks[3].cancel()
            running = asyncio.create_task(batcher.run())
            found = await asyncio.gather(*tasks[:3])
            running.cancel()
            return found

    found = asyncio.run(scene())
    assert found[:2] == [[0], [10]]
    assert str(found[2][0]) == "two is no number of ours"
    assert 3 not in seen


def test_what_is_long_is_answered_in_smaller_batches() -> None:
    sizes: list[int] = []

    def answer(inputs: Sequence[Arrays]) -> list[int]:
        sizes.append(len(inputs))
        return [0] * len(inputs)

    async def scene() -> None:
        with ThreadPoolExecutor(1) as threads:
            batcher = Batcher(answer, threads, ("tokens",))
            running = asyncio.create_task(batcher.run())
            for length in (100, 2000):
                await batcher.answer([{"tokens": np.zeros(length)} for _ in range(64)])
            running.cancel()

    asyncio.run(scene())
    assert sizes[:2] == [32, 32]
    assert set(sizes[2:]) == {4}


def test_a_text_that_is_too_long_for_the_net_is_refused(runs: Any) -> None:
    with running([runs["texts"][0].path], Limits(tokens=5)) as one:
        assert one.post(json={"input": "a lovely story"}).status_code == 200
        assert one.post(json={"input": "a lovely story and a dull film with a story"}).status_code == 413


def test_the_document_names_every_address_and_metrics_no_version(served: Running) -> None:
    paths = served.client.get("/openapi.json").json()["paths"]
    assert {"/pictures/predict", "/classes/predict", "/texts/predict", "/health", "/metrics"} <= set(paths)
    assert "python_info" not in served.client.get("/metrics").text
    assert served.client.get("/docs").status_code == 404


def test_limits_are_given_by_name() -> None:
    assert limits_of(["seconds=60", "inputs=5"]) == replace(Limits(), seconds=60, inputs=5)
    for wrong in ("second=60", "seconds", "seconds=0", "seconds=-1", "seconds=1e3"):
        with pytest.raises(UserError):
            limits_of([wrong])


def test_names_of_files_are_plain() -> None:
    assert [file_name(n) for n in ("a.png", "../../etc/x.png", "C:\\a\\b.wav", "a\n\x1bb.png", "", "..")] == [
        "a.png", "x.png", "b.wav", "ab.png", "input", "input",
    ]  # fmt: skip


def test_what_a_killed_server_left_is_removed(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = tmp_path / f"fathom-serve-{2**22 - 1}-x"
    ours = tmp_path / f"fathom-serve-{os.getpid()}-x"
    gone.mkdir()
    ours.mkdir()
    sweep()
    assert not gone.exists()
    assert ours.exists()


def test_the_document_shows_an_input_of_the_run_and_its_answer(runs: Any, served: Running) -> None:
    asked = served.client.get("/openapi.json").json()["paths"]["/classes/predict"]["post"]
    given = asked["requestBody"]["content"]["application/json"]["examples"]["one"]["value"]
    told = asked["responses"]["200"]["content"]["application/json"]["examples"]["one"]["value"]
    assert set(given["input"]) == {"width", "kind"}
    assert expected(runs["classes"][0], json.dumps(given["input"]))[0] == nameless(told)
