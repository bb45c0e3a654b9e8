"""``fathom learn --web`` as a process: in a new folder, and ended by Ctrl-C with whatever it trains."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from fathom.learning.course import exercises
from processes import hear

pytest.importorskip("latex2mathml")

ONE = exercises()[0]


def commands_with(text: str) -> list[str]:
    """Commands of all processes that hold a text, as /proc has them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if text in command:
            found.append(command)
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are looked for in /proc")
def test_ctrl_c_ends_the_server_and_the_swap_that_it_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fathom", "learn", "--web", "--no-open"]
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear
    )
    try:
        assert running.stdout is not None
        told = re.search(r"(http://127.0.0.1:\d+)/\?key=(\S+)", running.stdout.readline())
        assert told is not None
        address, key = told.groups()

        def post(path: str, **body: Any) -> Any:
            head = {"Content-Type": "application/json", "X-Fathom-Key": key}
            request = urllib.request.Request(address + path, json.dumps(body).encode(), head)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())

        assert list(tmp_path.iterdir()) == []
        post("/start")
        post("/save", file=ONE.id, text=ONE.solution, version="", force=True)
        assert post("/check", exercise=ONE.id)["passed"]
        post("/swap", exercise=ONE.id)
        while not commands_with(f"fathom.learning.swapping {ONE.id} {tmp_path}"):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
        assert commands_with(f"fathom.learning.swapping {ONE.id} {tmp_path}") == []
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()
    finally:
        running.kill()
        running.communicate()
