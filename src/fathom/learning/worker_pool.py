"""Trainings in processes beside this one: as many as there are cores, up to four; each does one job after another.

A job is JSON: ``["module:function", argument, …]``. What comes back is JSON, too: the answer, and the seconds of CPU
that it took. A worker ends when its input does, so
that none is left behind, however this process ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any

from fathom.learning.sandbox import stop

Job = list[Any]
MOST = 4


class WorkerPool:
    """Workers, started when the first job comes; a context manager.

    Args:
        workers: how many; as many as there are cores without, and none where 0: then all is done in this process.

    Attributes:
        cpu: seconds of CPU that the jobs took until now.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.size = min(MOST, os.cpu_count() or 1) if workers is None else workers
        self.workers: list[_Worker] = []
        self.cpu = 0.0

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for worker in self.workers:
            worker.end()
        self.workers = []

    def run(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Any]]:
        """Do jobs, and yield each with its answer, as they come; the next job is asked for when a worker is free."""
        if not self.size:
            yield from ((job, self._counted(measured(job))) for job in jobs)
            return
        self.workers = self.workers or [_Worker() for _ in range(self.size)]
        done: SimpleQueue[tuple[_Worker, Job, Any]] = SimpleQueue()
        idle = list(self.workers)
        while True:
            while idle and (job := next(jobs, None)) is not None:
                idle.pop().begin(job, done)
            if len(idle) == len(self.workers):
                return
            worker, job, answer = done.get()
            idle.append(worker)
            yield job, self._counted(measured(job) if answer is None else answer)

    def _counted(self, answer: Sequence[Any]) -> Any:
        """The answer alone."""
        self.cpu += answer[1]
        return answer[0]


class _Worker:
    """One process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fathom.learning.worker_pool"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
        )  # fmt: skip

    def begin(self, job: Job, done: SimpleQueue[tuple[_Worker, Job, Any]]) -> None:
        """Do a job; its answer, or None where the process is gone, is put into `done`."""
        Thread(target=lambda: done.put((self, job, self._answer(job))), daemon=True).start()

    def _answer(self, job: Job) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            return None

    def end(self) -> None:
        """Stop the process."""
        stop(self.process)


def do(job: Job) -> Any:
    """Do a job in this process."""
    module, _, function = job[0].partition(":")
    return getattr(import_module(module), function)(*job[1:])


def measured(job: Job) -> tuple[Any, float]:
    """Do a job in this process: its answer, and the seconds of CPU that it took."""
    begun = time.process_time()
    answer = do(job)
    return answer, time.process_time() - begun


def main() -> None:
    """Do the jobs that come, one a line, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing that a training prints is an answer
    for line in sys.stdin:
        out.write(json.dumps(measured(json.loads(line))) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
