"""The process in which a learner's code runs: endless loops, floods of prints, and what a dying call printed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fathom.errors import UserError
from fathom.learning import cpu_time
from fathom.learning.child import Tensor
from fathom.learning.comparison import differs
from fathom.learning.course import exercises
from fathom.learning.cpu_time import CpuBudget
from fathom.learning.sandbox import Broken, Inside, Sandbox


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


WITH_TORCH = """import torch


def double(x):
    return 2 * x.to(torch.bfloat16), {"mean": x.mean(), "shape": list(x.shape)}


def fill(x):
    x.zero_()
    return 1


def more(gib):
    return torch.ones(gib * 2**28).sum()


def solve():
    import scipy
"""


def test_what_an_exercise_is_written_with_can_be_imported_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "tensors.py"
    path.write_text(WITH_TORCH, "utf-8")
    x = Tensor(np.float32([[1, 2.5]]), "float32")
    with Sandbox(path, 5, ["torch"]) as box:
        got, told = box.call("double", x)
        assert (got.dtype, got.array.tolist()) == ("bfloat16", [[2.0, 5.0]])
        assert float(np.asarray(told["mean"])) == 1.75
        assert not differs((got, told), Inside(WITH_TORCH).call("double", x))
        for name, says in {"fill": "changes its argument", "solve": "NumPy and torch, and scipy"}.items():
            with pytest.raises(Broken, match=says):
                box.call(name, *([x] if name == "fill" else []))
        with pytest.raises(Broken, match="memory"):
            box.call("more", 4)
    with pytest.raises(Broken, match="NumPy alone, and torch would do it for you"), Sandbox(path, 5):
        pass


def test_a_library_that_is_missing_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "nothing.py"
    path.write_text("", "utf-8")
    with pytest.raises(UserError, match=r"written with no_such_one, which cannot be loaded .*pip install no_such_one"):
        Sandbox(path, 5, ["no_such_one"]).__enter__()


def test_only_exercises_that_say_so_are_written_with_a_library() -> None:
    for one in exercises():
        assert bool(one.libraries) == (one.folder.parent.name == "6-pytorch")
        assert ("import torch" in one.solution) == ("torch" in one.libraries)


def test_tensors_are_compared_with_their_type_and_to_its_digits() -> None:
    x = np.array([1.0, 300.0])
    half = Tensor(np.float32(x), "bfloat16")
    assert not differs(Tensor(np.float32(x * 1.01), "bfloat16"), half)
    assert "bfloat16, and should be float32" in differs(half, Tensor(np.float32(x), "float32"))
    assert differs(Tensor(np.float32(x * 1.01), "float32"), Tensor(np.float32(x), "float32")) == "the values differ"
    assert "a tensor should" in differs(x, half)
    assert "a tensor comes back" in differs(half, x)
