"""What takes longer than a request: trainings of swaps, checks of projects. Started, asked after, and cancelled.

Each runs in a thread of its own, beside the server; one at a time, since each computes. What it says is kept until the
server ends, which ends it, too.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from fathom.errors import FathomError, UserError

PATIENCE = 5.0
"""Seconds in which a job that is cancelled is waited for when the server ends."""


class Cancelled(Exception):  # noqa: N818 (it is no fault)
    """The learner, or the end of the server, ended the job."""


class Job:
    """One of them.

    Args:
        title: of it.
        work: is given the job, and says what it finds; it calls `alive` now and then.

    Attributes:
        lines: that are to be shown, each with whether it holds; None for what is only told.
        points: of curves: training, epoch, value, what it is.
        now: how far it is.
        ask: what the learner is asked: choices, each its name and its words; [] where nothing is.
        held: whether what was asked for holds, where the work is a check that came to its end.
        state: ``running``, ``done``, ``failed`` or ``cancelled``.
        error: why it failed.
    """

    def __init__(self, title: str, work: Callable[[Job], None]) -> None:
        self.id, self.title, self.work = secrets.token_urlsafe(6), title, work
        self.lines: list[tuple[bool | None, str]] = []
        self.points: list[list[Any]] = []
        self.ask: list[tuple[str, str]] = []
        self.now, self.state, self.error = "", "running", ""
        self.held: bool | None = None
        self._cancelled, self._answered = threading.Event(), threading.Event()
        self._answer = ""
        self.thread = threading.Thread(target=self._run, daemon=True)

    def say(self, line: str, holds: bool | None = None) -> None:
        """A line to be shown.

        Raises:
            Cancelled: the job is to end.
        """
        self.alive()
        self.lines.append((holds, line))

    def alive(self) -> None:
        """Go on.

        Raises:
            Cancelled: the job is to end.
        """
        if self._cancelled.is_set():
            raise Cancelled

    def asked(self, choices: list[tuple[str, str]]) -> str:
        """What the learner chooses: waits until they do.

        Raises:
            Cancelled: the job is to end.
        """
        self._answered.clear()
        self.ask = choices
        while not self._answered.wait(0.2):
            self.alive()
        self.ask = []
        return self._answer

    def answer(self, choice: str) -> None:
        """Choose.

        Raises:
            UserError: there is no such choice now.
        """
        if choice not in [name for name, _ in self.ask]:
            raise UserError(f"{choice!r} cannot be chosen now")
        self._answer = choice
        self._answered.set()

    def cancel(self) -> None:
        """End it as soon as it is between two steps."""
        self._cancelled.set()

    def told(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {
            "job": self.id, "title": self.title, "lines": list(self.lines), "points": list(self.points),
            "now": self.now, "ask": list(self.ask), "state": self.state, "error": self.error,
            "held": self.held,
        }  # fmt: skip

    def _run(self) -> None:
        try:
            self.work(self)
            self.state = "done"
        except Cancelled:
            self.state = "cancelled"
        except (FathomError, ValueError, OSError) as error:
            self.state, self.error = "failed", str(error)
        except Exception as error:
            self.state = "failed"
            self.error = f"that is a defect of fathom ({type(error).__name__}: {error})"
        finally:
            self.ask = []


class Jobs:
    """All of them, in this server."""

    def __init__(self) -> None:
        self.of: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, title: str, work: Callable[[Job], None]) -> Job:
        """Start one.

        Raises:
            UserError: another one is running.
        """
        with self._lock:
            busy = next((job for job in self.of.values() if job.state == "running"), None)
            if busy is not None:
                raise UserError(f"“{busy.title}” is still running: wait for it, or cancel it")
            job = Job(title, work)
            self.of[job.id] = job
            job.thread.start()
        return job

    def find(self, name: str) -> Job:
        """The job of that name.

        Raises:
            UserError: there is none; the server may have been started anew.
        """
        if name not in self.of:
            raise UserError("that is not running any more: start it again")
        return self.of[name]

    def running(self) -> Job | None:
        """What is running; None where nothing is."""
        return next((job for job in self.of.values() if job.state == "running"), None)

    def stop(self) -> None:
        """End them all, and wait for that a little."""
        for job in self.of.values():
            job.cancel()
        for job in self.of.values():
            if job.thread.is_alive():
                job.thread.join(PATIENCE)
