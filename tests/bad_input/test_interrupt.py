"""Ctrl-C, a request to end, readers that go away, and odd terminals: no traceback, nothing lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from safetensors import safe_open

from fathom import interrupts
from processes import hear

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are other there")
ASKED = ["--net", "mlp", "--epochs", "80", "--batch-size", "8", "--set", "hidden=16"]
MOMENTS = int(os.environ.get("FATHOM_INTERRUPTS", "4"))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("interrupt")
    rng = np.random.default_rng(0)
    x = rng.normal(size=150)
    pl.DataFrame({"x": x, "y": rng.normal(size=150), "target": np.where(x > 0, "a", "b")}).write_csv(folder / "d.csv")
    return folder / "d.csv"


@pytest.fixture(scope="module")
def whole(data) -> tuple[Path, float]:
    """An uninterrupted run, and the seconds that it took."""
    began = time.monotonic()
    done = fathom("train", str(data), *ASKED, "--out", str(data.parent / "whole"))
    assert done.returncode == 0, done.stderr
    return data.parent / "whole", time.monotonic() - began


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fathom", *arguments]


def fathom(*arguments: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, **more)


def start(*arguments: str) -> subprocess.Popen:
    """Start the command, with ears."""
    return subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear
    )


def ended(process: subprocess.Popen) -> tuple[str, str]:
    """What it said; where it does not end, it is killed."""
    try:
        return process.communicate(timeout=90)
    finally:
        process.kill()


def exit_code(child: int, within: float = 60) -> int | None:
    """The exit code of a child that was forked; None where it does not end, and is killed."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        waited, status = os.waitpid(child, os.WNOHANG)
        if waited:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def assert_left_cleanly(process: subprocess.Popen) -> bool:
    """Whether it was stopped; if so in words and with the right code."""
    _, said = ended(process)
    assert "Traceback" not in said, said
    if process.returncode == 0:
        return False
    assert process.returncode == 130, said
    assert "fathom: interrupted" in said
    return True


@pytest.mark.slow
def test_interrupted_at_any_moment_and_resumed_it_ends_with_the_same_weights(data, whole, tmp_path):
    reference, seconds = whole
    rng = random.Random(0)
    for number in range(MOMENTS):
        out = tmp_path / f"run-{number}"
        process = start("train", str(data), *ASKED, "--out", str(out))
        time.sleep(0.15 + rng.random() * seconds * 0.9)
        process.send_signal(rng.choice((signal.SIGINT, signal.SIGTERM)))
        if number % 3 == 2:  # and again, at once
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
        if not assert_left_cleanly(process):
            continue
        if not out.exists():
            continue  # nothing had begun
        assert (out / "recipe.json").exists(), "what is left cannot be resumed"
        if (out / "findings.json").exists():
            continue
        done = fathom("train", "--resume", str(out))
        assert done.returncode == 0, done.stderr
        assert (out / "weights.safetensors").read_bytes() == (reference / "weights.safetensors").read_bytes()
        assert not [p for p in out.rglob("*") if "fathom-tmp" in p.name]


def test_it_says_how_to_resume(data, tmp_path):
    out = tmp_path / "run"
    process = start("train", str(data), "--epochs", "100000", "--patience", "0", "--batch-size", "8", "--out", str(out))
    deadline = time.monotonic() + 60
    while not (out / "checkpoint").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = ended(process)
    assert process.returncode == 130
    assert f"go on with fathom train --resume {out}" in said


def test_a_closed_terminal_saves_as_ctrl_c_does(data, tmp_path):
    """It says so twice, and what is written to it from then on is refused."""
    import pty

    out = tmp_path / "run"
    child, terminal = pty.fork()
    if child == 0:
        hear()
        os.execv(
            sys.executable,
            command(
                "train", str(data), "--epochs", "100000", "--patience", "0", "--batch-size", "8", "--out", str(out)
            ),
        )
    deadline = time.monotonic() + 60
    while not (out / "checkpoint").exists() and time.monotonic() < deadline:
        os.read(terminal, 65536)
    time.sleep(0.5)
    os.close(terminal)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGHUP)
    assert exit_code(child) == 130
    with safe_open(out / "checkpoint" / "state.safetensors", "pt") as kept:
        step = json.loads(kept.metadata()["progress"])["step"]
    assert step > json.loads((out / "history.jsonl").read_text().splitlines()[0])["step"]


def test_while_an_event_loop_runs_a_signal_raises_nothing():
    """It may come within a callback that swallows it, or between taking a lock and the block that releases it."""
    ours = interrupts.Interrupts()
    ours.writing = ours.serving = True
    ours._heard(signal.SIGINT, None)
    assert ours.asked
    assert ours.leaving is None
    ours.serving = False
    with pytest.raises(interrupts.Stopped):
        ours.check()


def test_two_trainings_into_one_folder(data, tmp_path):
    out = tmp_path / "run"
    first = start(
        "train",
        str(data),
        "--net",
        "mlp",
        "--epochs",
        "100000",
        "--patience",
        "0",
        "--batch-size",
        "8",
        "--out",
        str(out),
    )
    deadline = time.monotonic() + 60
    while not (out / "checkpoint").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    second = fathom("train", str(data), "--out", str(out))
    third = fathom("train", "--resume", str(out))
    first.send_signal(signal.SIGINT)
    ended(first)
    assert second.returncode == 2
    assert "exists already" in second.stderr
    assert third.returncode == 2
    assert f"in use by process {first.pid}" in third.stderr


def test_a_reader_that_goes_away_does_not_stop_the_training(data, tmp_path):
    out = tmp_path / "run"
    line = " ".join(f"'{word}'" for word in command("train", str(data), "--epochs", "2", "--out", str(out)))
    done = subprocess.run(["sh", "-c", f"{line} | head -n 1"], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr
    assert (out / "report.html").exists()


@pytest.mark.parametrize(
    "more",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"NO_COLOR": "1", "COLUMNS": "40"},
        {"TERM": "dumb", "PYTHONIOENCODING": "latin-1"},
    ],
)
def test_any_terminal_will_do(whole, more):
    for verb in (["diagnose"], ["compare", str(whole[0])], ["report"]):
        done = fathom(verb[0], str(whole[0]), *verb[1:], env={**os.environ, **more}, errors="replace")
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_behind_stdout_is_told(whole):
    with Path("/dev/full").open("w") as nowhere:
        done = subprocess.run(
            command("diagnose", "--json", str(whole[0])), stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
