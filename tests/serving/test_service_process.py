"""``fathom serve`` as a process: it says where it is, ends when it is told to, and begins anew after a kill."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from processes import hear

pytest.importorskip("onnxscript", reason="the extra export is not installed")


def started(folder: Path, port: int, temporary: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    """A server, and its address."""
    return listening([sys.executable, "-m", "fathom", "serve", str(folder), "--port", str(port), *more], temporary)


def listening(command: list[str], temporary: Path) -> tuple[subprocess.Popen[str], str]:
    """A process that is a server, once it answers, and its address."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear,
        env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    for _ in range(600):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{address}/health", timeout=60)
            return process, address
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"it did not start: {process.communicate()[1]}")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads what is loaded from /proc")
def test_an_export_is_served_without_torch_and_a_killed_server_begins_anew(trained: Any, tmp_path: Path) -> None:
    run, data = trained("pictures", precision="fp32")
    run.export(tmp_path / "out")
    temporary = tmp_path / ("temporary" * 8)  # too long for a socket's address
    temporary.mkdir()
    process, address = started(tmp_path / "out", 0, temporary, "--onnx")
    picture = data / "dark" / "00.png"
    asked = {"content": picture.read_bytes(), "headers": {"Content-Type": "image/png"}, "timeout": 120}
    told = httpx.post(f"{address}/predict", **asked).json()
    wanted = run.predict(picture)[0]
    assert (told["prediction"], told["confidence"]) == (wanted.value, pytest.approx(wanted.confidence, abs=1e-5))
    assert "libtorch" not in Path(f"/proc/{process.pid}/maps").read_text()
    process.kill()
    process.wait()
    assert list(temporary.glob("fathom-serve-*"))
    again, address = started(tmp_path / "out", int(address.rpartition(":")[2]), temporary, "--onnx")
    assert httpx.post(f"{address}/predict", **asked).json() == told
    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 130
    assert not list(temporary.glob("fathom-serve-*"))
    said = again.stderr.read() if again.stderr else ""
    assert "Traceback" not in said


HELD = """
import asyncio, atexit, sys, threading, time
from fathom.serving.service import server
async def never(self): await asyncio.Event().wait()
server.PATIENCE = 1.0
if sys.argv.pop() == "loop":
    import uvicorn.lifespan.on
    uvicorn.lifespan.on.LifespanOn.shutdown = never  # as a library's task that is not to be cancelled
else:
    threading.Thread(target=time.sleep, args=[600]).start()  # the interpreter would wait for it
from fathom.cli.main import main
main()
"""


@pytest.mark.parametrize("what", ["loop", "thread"])
def test_a_server_ends_whatever_holds_it_up(trained: Any, tmp_path: Path, what: str) -> None:
    run, _ = trained("pictures", precision="fp32")
    run.export(tmp_path / "out")
    program = ["-c", HELD, "serve", str(tmp_path / "out"), "--onnx", "--no-page", "--port", "0", what]
    process, _ = listening([sys.executable, *program], tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert not list(tmp_path.glob("fathom-serve-*"))
