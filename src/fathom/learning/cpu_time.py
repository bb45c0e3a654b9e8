"""Budgets in time of the CPU: who shares a machine is not blamed for what others compute on it.

A process has spent what it computed, and what it slept or waited by its own doing; the time in which it stood in line
for a core does not count. Linux tells both in ``/proc``; where that is missing, time of the clock counts.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

PAUSE = 0.1
"""Seconds between looks."""

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
WAITS = frozenset("STZ")
"""States of a process that wants no core: it sleeps, was stopped, or has ended."""


def spent(pid: int) -> tuple[float, str] | None:
    """Seconds of CPU that a process has used, all its threads together, and the letter of its state.

    Returns:
        both; None where the system does not tell.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK, fields[0]
    except (OSError, IndexError, ValueError):
        return None


class CpuBudget:
    """Ends a process when it has spent its budget; a context manager around whatever it is asked to do.

    Args:
        process: that works.
        seconds: that it may spend from now on.

    Attributes:
        exceeded: whether it was ended for that.
    """

    def __init__(self, process: subprocess.Popen[Any], seconds: float) -> None:
        self.process, self.seconds = process, seconds
        self.exceeded = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> CpuBudget:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        if self._done.wait(PAUSE):  # most calls end before anything need be looked at
            return
        told = spent(self.process.pid)
        if told is None and self.process.poll() is None:  # the system does not tell: the clock decides
            if not self._done.wait(self.seconds - PAUSE):
                self._stop()
            return
        begun = 0.0 if told is None else told[0] - PAUSE
        used, idle, looked = PAUSE, 0.0, time.monotonic()
        while not self._done.wait(min(PAUSE, self.seconds)):
            now, told = time.monotonic(), spent(self.process.pid)
            if told is None:  # it has ended, and whoever waits for it will notice
                return
            computed = told[0] - begun - used
            if told[1] in WAITS and computed <= TICK**-1:
                idle += now - looked
            used, looked = used + computed, now
            if used + idle >= self.seconds:
                self._stop()
                return

    def _stop(self) -> None:
        self.exceeded = True
        self.process.kill()
