"""The process in which a learner's code runs: endless loops, floods of prints, and what a dying call printed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from fathom.learning import cpu_time
from fathom.learning.cpu_time import CpuBudget
from fathom.learning.sandbox import Broken, Sandbox


def test_an_endless_loop_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "loop.py"
    path.write_text("def f(x):\n    while True:\n        pass\n", "utf-8")
    with Sandbox(path, 0.5) as mine, pytest.raises(Broken, match="still running after"):
        mine.call("f", 1)


def test_a_flood_of_prints_is_kept_short(tmp_path: Path) -> None:
    path = tmp_path / "flood.py"
    path.write_text("def f(x):\n    for i in range(300000):\n        print('flood', i)\n    return x + 1\n", "utf-8")
    with Sandbox(path, 20) as mine:
        assert mine.call("f", 1) == 2
        assert len(mine.printed) <= 4000
        assert mine.printed.startswith(b"flood 0")


@pytest.mark.parametrize("last", ["return x + 1", "1 / 0", "os.kill(os.getpid(), 9)", "while True: pass"])
def test_what_is_printed_is_kept_whatever_becomes_of_the_call(tmp_path: Path, last: str) -> None:
    path = tmp_path / "printing.py"
    path.write_text(f"import os\n\n\ndef f(x):\n    print('shape', x)\n    {last}\n", "utf-8")
    box = Sandbox(path, 0.7)
    with contextlib.suppress(Broken), box as mine:
        mine.call("f", 1)
    assert box.printed == b"shape 1\n"


def test_a_sleep_uses_up_its_budget(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("import time\n\n\ndef sleep():\n    time.sleep(600)\n")
    with Sandbox(path, 1.0) as code, pytest.raises(Broken, match="sleep was still running after 1 s") as stopped:
        code.call("sleep")
    assert stopped.value.kind == "time"


def test_a_process_that_waits_for_a_core_spends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its figures are given: in the state R, with no CPU time gained, no budget is used up."""
    told = iter([(1.0, "R")] * 40 + [(1.0, "S")] * 1000)
    looks: list[str] = []

    def figures(pid: int) -> tuple[float, str]:
        one = next(told)
        looks.append(one[1])
        return one

    monkeypatch.setattr(cpu_time, "spent", figures)
    monkeypatch.setattr(cpu_time, "PAUSE", 0.01)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        with CpuBudget(process, 0.1) as budget:
            process.wait(60)
        assert budget.exceeded
    assert looks.count("R") == 40
