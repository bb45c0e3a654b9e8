"""A learner's functions in a training of fathom's own: run by the exercise's `swap.py`, in a process of its own.

`swap.py` has one function, ``swap(mine) -> Iterable[str]``: it trains with what the learner wrote, and with what is
built in, and tells the figures of both.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, SimpleNamespace

from fathom.errors import UserError
from fathom.learning.course import Exercise, find
from fathom.learning.workspace import Workspace

LIMIT = 240.0
"""Seconds that a swap may take."""


def swap(workspace: Workspace, exercise: Exercise) -> Iterator[str]:
    """Train, and yield the lines that are to be shown.

    Raises:
        UserError: it is not solved, cannot be swapped in, or the training failed.
    """
    if not (exercise.folder / "swap.py").exists():
        raise UserError(f"{exercise.id} is not part of a training: {exercise.told['own']} is where to meet it")
    if workspace.state(exercise).solved is None:
        raise UserError(f"{exercise.id} is not solved yet: fathom learn check {exercise.id} comes first")
    yield f"[bold]{exercise.id}  {exercise.title}[/], yours, in fathom's training loop"
    command = [sys.executable, "-m", "fathom.learning.swapping", exercise.id, str(workspace.path(exercise).resolve())]
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryFile("w+") as errors:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=place)
        late = threading.Timer(LIMIT, running.kill)
        late.start()
        try:
            assert running.stdout is not None
            yield from (f"  {line.rstrip()}" for line in running.stdout if line.strip())
            code = running.wait()
        finally:
            spent = late.finished.is_set()
            late.cancel()
            running.kill()
            running.wait()
        if code and spent:
            raise UserError(
                f"the training was stopped after {LIMIT:.0f} s: make your functions faster, and check again"
            )
        if code:
            errors.seek(0)
            last = ([line for line in errors.read().splitlines() if "Error" in line] or ["no more is said"])[-1]
            raise UserError(f"the training failed with your functions ({last[:300]}): check {exercise.id} again")


def own(path: Path) -> SimpleNamespace:
    """The functions of a file, and nothing else: a net that holds them can be copied."""
    space: dict[str, object] = {"__name__": "exercise"}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    return SimpleNamespace(**{name: value for name, value in space.items() if isinstance(value, FunctionType)})


def main() -> None:
    """``python -m fathom.learning.swapping EXERCISE FILE``."""
    exercise, path = find(sys.argv[1]), Path(sys.argv[2])
    spec = importlib.util.spec_from_file_location("fathom_swap", exercise.folder / "swap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for line in module.swap(own(path)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
