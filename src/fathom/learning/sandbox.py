"""Runs a learner's code in a process of its own, and says in a sentence what became of it.

A call has a budget of CPU time, after which the process is ended. The beginning of what is printed is kept for showing,
the rest is read and thrown away, so that a flood fills no memory and blocks nothing.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from fathom.errors import UserError
from fathom.learning import child
from fathom.learning.cpu_time import CpuBudget

KEPT = 4_000
"""Bytes of prints that are kept."""

STARTING = 15.0
"""Seconds of CPU time in which the file must have been loaded."""

LOADING = 30.0
"""Seconds of CPU time in which the file and the libraries that the exercise is written with must have been loaded."""

FATAL = {
    "SIGSEGV": "it used memory that is not its own, as by endless recursion",
    "SIGKILL": "something killed it, as the system does when there is no memory left",
    "SIGABRT": "a library gave up",
}
"""What signals mean."""


class Broken(Exception):  # noqa: N818 (it is told, not raised to a user)
    """The code could not answer; the message is for the learner."""

    def __init__(self, says: str, kind: str = "error", error: str = "", line: int = 0) -> None:
        super().__init__(says)
        self.kind, self.error, self.line = kind, error, line
        """Why there is no answer, the name of the exception that the function raised ("" where it raised none), and
        the line of the learner's file where it did, from 1; 0 where that is not known."""


class Sandbox:
    """A learner's file, ready to be called; a context manager.

    Args:
        path: of the file.
        seconds: of CPU time that a call may take.
        libraries: that the exercise is written with, besides NumPy.

    Raises:
        UserError: one of these is missing.
    """

    def __init__(self, path: Path, seconds: float, libraries: Sequence[str] = ()) -> None:
        self.path, self.seconds, self.libraries = path, seconds, libraries
        self.printed, self.flood = b"", 0

    def __enter__(self) -> Sandbox:
        quiet = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", child.__file__, str(self.path.resolve()), *self.libraries],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=quiet,
            cwd=self.path.resolve().parent,
        )  # fmt: skip
        self.reader = threading.Thread(target=self._read_prints, daemon=True)
        self.reader.start()
        try:
            load(self.libraries)  # the solution needs them, too: here and there at the same time
            self._loaded()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        stop(self.process)
        self.reader.join(1.0)

    def call(self, name: str, *args: Any) -> Any:
        """What the learner's function returns.

        Raises:
            Broken: it raised, ran too long, changed an argument, or ended the process.
        """
        return self._ask(name, args, "")

    def work(self, name: str, *args: Any) -> int:
        """How many steps of Python a call takes, those inside of NumPy's own loops not among them.

        Raises:
            Broken: as `call`.
        """
        return int(self._ask(name, args, "work"))

    def _ask(self, name: str, args: tuple[Any, ...], how: str) -> Any:
        assert self.process.stdin is not None
        try:
            child.send(self.process.stdin, (name, list(args), how))  # type: ignore[arg-type]
        except OSError:
            raise Broken(self._gone(name)) from None
        return value_of(self._answer(name, self.seconds), name, self._line)

    def _loaded(self) -> None:
        told = self._answer("", LOADING if self.libraries else STARTING)
        if "error" in told:
            kind = "syntax" if told["error"] == "SyntaxError" else "error"
            raise Broken(raised(told, self._line), kind, line=told["line"])

    def _answer(self, name: str, seconds: float) -> dict[str, Any]:
        with CpuBudget(self.process, seconds) as budget:
            try:
                assert self.process.stdout is not None
                return child.receive(self.process.stdout)  # type: ignore[arg-type]
            except (EOFError, ValueError, KeyError, TypeError):
                if budget.exceeded:
                    what = f"{name} was still running" if name else "the file was still being loaded"
                    why = "a loop never ends, or it takes far more steps than it needs"
                    raise Broken(f"{what} after {seconds:.0f} s and was stopped: {why}", "time") from None
                raise Broken(self._gone(name), "crash") from None

    def _gone(self, name: str) -> str:
        code = self.process.wait()
        how, why = f"exit code {code}", "look for exit()"
        if code < 0:
            with contextlib.suppress(ValueError):
                how = signal.Signals(-code).name
            why = FATAL.get(how, "something ended it from outside")
        return f"Python itself ended {f'in {name} ' if name else ''}({how}): {why}"

    def _line(self, number: int) -> str:
        try:
            return self.path.read_text("utf-8", errors="replace").splitlines()[number - 1].strip()
        except (OSError, IndexError):
            return ""

    def _read_prints(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        while some := os.read(stream.fileno(), 65536):
            if len(self.printed) < KEPT:
                self.printed += some[: KEPT - len(self.printed)]
            self.flood += len(some)
        stream.close()


def load(libraries: Sequence[str]) -> None:
    """Load what an exercise is written with.

    Raises:
        UserError: it is missing, or cannot be loaded.
    """
    for name in libraries:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            told = f"this exercise is written with {name}, which cannot be loaded ({error})"
            raise UserError(f"{told}: pip install {name}") from None


def stop(process: subprocess.Popen[Any]) -> None:
    """End a process at once, and close what leads to it and from it."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def raised(told: dict[str, Any], line_of: Any) -> str:
    """``softmax raised IndexError in line 7, x[3]: index 3 is out of bounds``."""
    number = told["line"]
    where = f" in line {number}" if number else ""
    text = line_of(number) if number else ""
    says = f": {told['says']}" if told["says"] else ""
    said = f"{told['error']}{where}{f', {text}' if text else ''}{says}"
    if told["error"] == "UnicodeDecodeError" and not told["while"]:
        return f"the file cannot be read ({told['says']}): save it as UTF-8"
    if told["error"] == "EOFError":
        return f"{told['while'] or 'the file'} waits for input{where}, and nothing can be typed in a check: use print()"
    if told["error"] == "NotImplementedError":
        return f"{told['while']} is not written yet{where}"
    if told["error"] == "MemoryError":
        return f"{told['while']} wanted more memory than an exercise may have{where}"
    return f"{told['while']} raised {said}" if told["while"] else f"the file cannot be run: {said}"


def value_of(told: dict[str, Any], name: str, line_of: Any) -> Any:
    """The value of an answer.

    Raises:
        Broken: there is none.
    """
    if "value" in told:
        return told["value"]
    if "missing" in told:
        raise Broken(f"there is no function {name} in the file: reset puts it back, and keeps what you wrote")
    if "changed" in told:
        raise Broken(f"{name} changes its argument number {told['changed'] + 1}: work on a copy", "mutation")
    if "large" in told:
        raise Broken(f"{name} returns {told['large']:,} numbers: that is far more than is asked for")
    if "strange" in told:
        raise Broken(f"{name} returns {told['strange']}: return numbers and arrays")
    if told["error"] == "NotImplementedError":
        raise Broken(raised(told, line_of), "unwritten", line=told["line"])
    raise Broken(raised(told, line_of), "error", told["error"], told["line"])


class Inside:
    """Code run in this very process: for solutions and known mistakes, which are ours.

    Args:
        source: of the code, as text or parsed.
        name: of the file, in messages.
    """

    def __init__(self, source: str | ast.Module, name: str = "<solution>") -> None:
        self.lines, self.name = source.splitlines() if isinstance(source, str) else [], name
        self.space: dict[str, Any] = {"__name__": "exercise"}
        exec(compile(source, name, "exec"), self.space)

    def call(self, name: str, *args: Any) -> Any:
        """As `Sandbox.call`."""
        return self._ask(child.answer, name, args)

    def work(self, name: str, *args: Any) -> int:
        """As `Sandbox.work`."""
        return int(self._ask(child.work, name, args))

    def _ask(self, how: Callable[..., dict[str, Any]], name: str, args: tuple[Any, ...]) -> Any:
        arrays: list[Any] = []
        alive = child.unpack(child.pack(list(args), arrays), [a.tobytes() for a in arrays], alive=True)
        with warnings.catch_warnings():  # of a known mistake that is tried on an answer the learner must hear nothing
            warnings.simplefilter("ignore")
            told = how(self.space, self.name, name, alive)
        return value_of(told, name, lambda n: self.lines[n - 1].strip() if 0 < n <= len(self.lines) else "")
