"""Pictures a second that a server answers to 32 clients at once, against a plain FastAPI wrapper around the same net."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.comparison import Ask, Bound, Comparison, Figures

CLIENTS = 32
EACH = 4
"""Pictures of each client, which nobody else sends."""
SECONDS = 30.0
MINUTE = 60.0
LONG = 600.0


def pictures(folder: Path) -> list[bytes]:
    """JPEGs of 500 × 375 pixels, as they come from cameras: smooth, with some noise."""
    rng, found = np.random.default_rng(0), []
    folder.mkdir()
    for i in range(CLIENTS * EACH):
        coarse = Image.fromarray(rng.integers(0, 255, (12, 16, 3), np.uint8)).resize(
            (500, 375), Image.Resampling.BICUBIC
        )
        noisy = np.clip(np.asarray(coarse, np.float32) + rng.normal(0, 8, (375, 500, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{i}.jpg", quality=90)
        found.append((folder / f"{i}.jpg").read_bytes())
    return found


def serve(ask: Ask, *, kind: str, seconds: float) -> Figures:
    """Train, serve, and ask."""
    run, port = ask.folder / "run", free_port()
    fathom = [sys.executable, "-m", "fathom"]
    data = "practice:cats?n=120"
    subprocess.run([*fathom, "train", data, "--epochs", "1", "--out", str(run)], check=True, stdout=sys.stderr)
    if kind == "onnx":
        subprocess.run([*fathom, "export", str(run), "--out", str(ask.folder / "out")], check=True, stdout=sys.stderr)
    commands = {
        "plain": [sys.executable, "-m", "benchmarks.loops.plain_server", str(run), str(port)],
        "fathom": [*fathom, "serve", str(run), "--port", str(port), "--no-page"],
        "onnx": [*fathom, "serve", str(ask.folder / "out"), "--onnx", "--port", str(port), "--no-page"],
    }
    with (ask.folder / "log").open("wb") as log:
        server = subprocess.Popen(commands[kind], stdout=log, stderr=log)
    try:
        requests = [request(data, i) for i, data in enumerate(pictures(ask.folder / "sent"))]
        wait_for(port)
        asked(port, requests, 3.0)
        if seconds == LONG:
            return growth(port, requests, server.pid, 10.0 if ask.quick else LONG)
        before = processor_time(server.pid)
        times, took = asked(port, requests, 3.0 if ask.quick else seconds)
        used = processor_time(server.pid) - before
        late = float(np.quantile(times, 0.99))
        return {"seconds": took / len(times), "late": late, "processor": used / len(times), "accuracy": 1.0}
    finally:
        server.terminate()
        server.wait()


def growth(port: int, requests: list[bytes], process: int, seconds: float) -> Figures:
    """How much larger a server's memory is in the end than after the first minute."""
    asked(port, requests, min(MINUTE, seconds / 2))
    first = resident(process)
    asked(port, requests, seconds - min(MINUTE, seconds / 2))
    return {"share": resident(process) / first - 1, "megabytes": resident(process), "accuracy": 1.0}


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def request(data: bytes, number: int) -> bytes:
    """A form with one picture, as bytes."""
    edge = b"edge-of-the-form"
    part = b'Content-Disposition: form-data; name="file"; filename="%d.jpg"\r\nContent-Type: image/jpeg' % number
    body = b"--" + edge + b"\r\n" + part + b"\r\n\r\n" + data + b"\r\n--" + edge + b"--\r\n"
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=" + edge
    return head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def wait_for(port: int) -> None:
    """Until somebody listens."""
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def asked(port: int, requests: list[bytes], seconds: float) -> tuple[list[float], float]:
    """How long each answer took with all clients at once, and how long all of them."""
    times: list[float] = []
    began = time.monotonic()
    clients = [
        threading.Thread(target=_ask, args=(port, requests[i::CLIENTS], began + seconds, times)) for i in range(CLIENTS)
    ]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return times, time.monotonic() - began


def _ask(port: int, requests: list[bytes], end: float, times: list[float]) -> None:
    """One client, over one connection that it keeps."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        number = 0
        while time.monotonic() < end:
            began = time.monotonic()
            connection.sendall(requests[number % len(requests)])
            number += 1
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65_536)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(next(x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")).split(b":")[1])
            while len(body) < length:
                body += connection.recv(65_536)
            if b" 200 " not in head[:15] or b"prediction" not in body:
                raise SystemExit(f"no answer: {head[:100]!r}")
            times.append(time.monotonic() - began)


def family(process: int) -> list[int]:
    """A process and those below it."""
    found = [process]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def processor_time(process: int) -> float:
    """Seconds of processor that a process and those below it have taken."""
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family(process)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> float:
    """Megabytes that a process and those below it have in memory, each its own."""
    rollups = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in family(process)]
    return sum(int(line.split()[1]) for text in rollups for line in text.splitlines() if line.startswith("Pss:")) / 1024


ROW = Comparison(
    about="""32 clients, each with pictures of its own (JPEGs of 500 × 375 pixels in forms), over connections that they
    keep, for 30 seconds after a warm-up of 3. The net is the default of `practice:cats` (pretrained EfficientNet-Lite0 at
    160 pixels). The plain server is FastAPI as its tutorials have it: a function that decodes and asks the net for one picture.
    The figure is seconds for an answer (elapsed divided by answers), that of the slowest hundredth, and processor time of
    the server with its processes; the clients share the same cores.""",
    contenders={
        "plain": partial(serve, kind="plain", seconds=SECONDS),
        "fathom serve": partial(serve, kind="fathom", seconds=SECONDS),
        "fathom serve --onnx": partial(serve, kind="onnx", seconds=SECONDS),
    },
    bounds=(
        Bound("time for an answer, `fathom serve`, against plain FastAPI", "fathom serve", "plain", 1 / 3, 1 / 5),
        Bound("the same of an export, `--onnx`", "fathom serve --onnx", "plain", 1 / 3, 1 / 5),
        Bound("the slowest hundredth", "fathom serve", "plain", 1.0, None, "late"),
        Bound("processor time for an answer", "fathom serve", "plain", None, None, "processor"),
        Bound("the same of an export", "fathom serve --onnx", "plain", None, None, "processor"),
    ),
)  # fmt: skip

MEMORY = Comparison(
    about="""The same clients for ten minutes: by how much the resident memory of the server and its processes grows after
    the first minute, as a share.""",
    contenders={"fathom serve": partial(serve, kind="fathom", seconds=LONG)},
    bounds=(Bound("growth of memory in nine minutes under load", "fathom serve", "", 0.02, 0.0, "share"),),
    rounds=1,
)  # fmt: skip
