"""A learner's functions in a training of fathom's own: run by the exercise's `swap.py`, in a process of its own.

`swap.py` has one function, ``swap(mine) -> Iterable[str]``: it trains with what the learner wrote, and with what is
built in, and tells the figures of both. The process has a budget of CPU time. What it has finished is shown and kept,
so that the same command goes on; the learner's functions are called slow only where they were measured to be.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FunctionType, SimpleNamespace
from typing import IO, Any

from fathom.errors import UserError
from fathom.learning import swap_progress
from fathom.learning.course import Exercise, find
from fathom.learning.cpu_time import CpuBudget, spent
from fathom.learning.progress import code_of
from fathom.learning.result_cache import FOLDER
from fathom.learning.workspace import Workspace

LIMIT = 240.0
"""Seconds of CPU time that a swap may take."""

Hear = Callable[[dict[str, Any]], None]
"""Is given the messages of a training, as `fathom.learning.swap_progress` makes them."""

COMMAND = ("-m", "fathom.learning.swapping")
SILENT = 10.0
"""Seconds after which something is said, where the training itself says nothing."""


def swap(
    workspace: Workspace,
    exercise: Exercise,
    seconds: float = LIMIT,
    hear: Hear | None = None,
) -> Iterator[str]:
    """Train, and yield the lines that are to be shown.

    Args:
        workspace: the learner's.
        exercise: whose functions are swapped in.
        seconds: of CPU time that it may take.
        hear: is given each message of the training, and at least one in a second or so; what it raises ends the swap.

    Raises:
        UserError: it is not solved, cannot be swapped in, the training failed, or its time is used up.
    """
    if not (exercise.folder / "swap.py").exists():
        raise UserError(f"{exercise.id} is not part of a training: {exercise.told['own']} is where to meet it")
    if workspace.state(exercise).solved is None:
        raise UserError(f"{exercise.id} is not solved yet: fathom learn check {exercise.id} comes first")
    yield f"[bold]{exercise.id}  {exercise.title}[/], yours, in fathom's training loop"
    kept = (workspace.folder / FOLDER / f"swap-{exercise.id}.jsonl").resolve()
    words = [exercise.id, str(workspace.path(exercise).resolve()), str(kept)]
    command = [sys.executable, *COMMAND, *words]
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryFile("w+") as errors:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=place, env=alone)
        heard = _Heard(hear=hear or (lambda message: None))
        try:
            with CpuBudget(running, seconds) as budget:
                yield from heard.lines(running, seconds)
                code = running.wait()
        finally:
            running.kill()
            running.wait()
        if code and budget.exceeded:
            raise UserError(heard.used_up(exercise, seconds))
        if code:
            errors.seek(0)
            last = ([line for line in errors.read().splitlines() if "Error" in line] or ["no more is said"])[-1]
            raise UserError(f"the training failed with your functions ({last[:300]}): check {exercise.id} again")


@dataclass
class _Heard:
    """What was heard of a swap.

    Attributes:
        now: how far it is.
        own: seconds of CPU that the learner's functions took.
        hear: is given each message, and an empty one where none came for a second.
    """

    now: str = "it begins"
    own: float = 0.0
    hear: Hear = lambda message: None

    def lines(self, running: subprocess.Popen[str], seconds: float) -> Iterator[str]:
        """The lines to show, until there are no more; where nothing is heard for a while, one that says so."""
        assert running.stdout is not None
        told: SimpleQueue[str | None] = SimpleQueue()
        threading.Thread(target=_forward, args=(running.stdout, told), daemon=True).start()
        said = time.monotonic()
        while True:
            if time.monotonic() - said >= SILENT:
                used = spent(running.pid)
                so_far = "" if used is None else f"   {used[0]:.0f} of {seconds:.0f} s of CPU used"
                said = time.monotonic()
                yield f"[dim]    {self.now}{so_far}[/]"
            try:
                text = told.get(timeout=1.0)
            except Empty:
                self.hear({})
                continue
            if text is None:
                return
            message: dict[str, Any] = json.loads(text)
            self.own = message["own"]
            self.hear(message)
            if line := message.get("line") or message.get("now"):
                said = time.monotonic()
                self.now = message.get("now", self.now)
                yield f"  {line.rstrip()}" if "line" in message else f"[dim]    {line}[/]"

    def used_up(self, exercise: Exercise, seconds: float) -> str:
        """What to say when the time is used up: how far it came, and whose time it was."""
        share = self.own / seconds
        mend = f"fathom learn swap {exercise.id} --seconds {2 * seconds:.0f} gives it longer"
        if share > 0.5:
            mend = f"make them faster, or: {mend}"
        return (
            f"the {seconds:.0f} s of CPU are used up, {100 * share:.0f} % of them in your functions "
            f"({self.now}); what was finished is kept: {mend}"
        )


def _forward(stream: IO[str], told: SimpleQueue[str | None]) -> None:
    for line in stream:
        if line.startswith("{"):
            told.put(line)
    told.put(None)


def own(path: Path, progress: swap_progress.SwapProgress | None = None) -> SimpleNamespace:
    """The functions and classes of a file, and nothing else: a net that holds them can be copied.

    Args:
        path: of the file.
        progress: counts the time that the functions take.
    """
    space: dict[str, object] = {"__name__": "exercise"}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    functions: dict[str, Callable[..., Any]] = {n: v for n, v in space.items() if isinstance(v, FunctionType)}
    classes = {n: v for n, v in space.items() if isinstance(v, type) and v.__module__ == "exercise"}
    if progress is not None:
        functions = {name: progress.timed(value) for name, value in functions.items()}
    return SimpleNamespace(**functions, **classes)


def main() -> None:
    """``python -m fathom.learning.swapping EXERCISE FILE KEPT``."""
    exercise, path, kept = find(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    trainer = exercise.folder / "swap.py"
    code = code_of(path.read_text("utf-8"))
    progress = swap_progress.current = swap_progress.to_stdout(kept, trainer.read_text("utf-8"), code)
    progress.now("PyTorch is loaded")
    progress.beat()
    spec = importlib.util.spec_from_file_location("fathom_swap", trainer)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for line in module.swap(own(path, progress)):
        progress.line(line)


if __name__ == "__main__":
    main()
