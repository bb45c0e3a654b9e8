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

pytest.importorskip("onnxscript", reason="the extra export is not installed")


def started(folder: Path, port: int, temporary: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    """A server, and its address."""
    command = [sys.executable, "-m", "fathom", "serve", str(folder), "--port", str(port), *more]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(temporary)}
    )
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
