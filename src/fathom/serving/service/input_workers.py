"""The processes that read inputs, as the server sees them: one job each, killed if it is slow, and made anew."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import multiprocessing
import os
import queue
import re
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from fathom.answer_lines import one_line
from fathom.errors import UserError
from fathom.serving.service import messages
from fathom.serving.service.input_worker import work
from fathom.serving.service.limits import Limits
from fathom.serving.service.messages import Body, Input, Reading

START = 120.0
"""Seconds in which a worker must have loaded its run."""
JOBS = 20_000
"""After so many a worker is made anew, whatever its decoders have left lying in memory."""
_NAME = re.compile(r"fathom-serve-(\d+)-")
_SOCKET_PATH = 104


@dataclass
class Job:
    """A body that is to be read, in one turn or in several.

    Attributes:
        body: as it came, with how far it is read.
        future: of what is in it.
        loop: in which somebody waits for it.
        used: seconds for which it has been read.
        inputs, notes: of the turns before.
    """

    body: Body
    future: asyncio.Future[Reading]
    loop: asyncio.AbstractEventLoop
    used: float = 0.0
    inputs: list[Input] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class InputWorkers:
    """Some processes that read the inputs of one run.

    Whose inputs take long to read is read in turns: who has had less of them comes first, so that a request with many
    or with slow inputs does not keep others waiting.

    Args:
        place: of the run or the export.
        exported: which of both.
        limits: how much a client may ask for.
        count: of processes.
        folder: an empty one, in which files lie while they are read.
    """

    def __init__(self, place: Path, *, exported: bool, limits: Limits, count: int, folder: Path) -> None:
        self.limits = limits
        self._asked = (place.resolve(), exported)
        self._jobs: queue.PriorityQueue[tuple[float, int, Job | None]] = queue.PriorityQueue()
        self._count = itertools.count()
        folder.mkdir()
        self._workers = [_Worker(self, folder / str(i)) for i in range(count)]

    def start(self) -> None:
        """Make the processes, and wait until one of them reads.

        Raises:
            UserError: none does.
        """
        for worker in self._workers:
            worker.thread.start()
        if not self._workers[0].ready.wait(START) or not self._workers[0].works:
            self.stop()
            why = f" ({one_line(str(self._workers[0].trouble))})" if str(self._workers[0].trouble or "") else ""
            raise UserError(f"the process that reads inputs did not start{why}: try fathom predict with this run")

    def stop(self) -> None:
        """End the processes."""
        for _ in self._workers:
            self._jobs.put((-1.0, next(self._count), None))
        for worker in self._workers:
            worker.end()

    async def read(self, body: Body) -> Reading:
        """What is in a body. Who no longer waits for it costs nothing.

        Args:
            body: as it came.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reading] = loop.create_future()
        self.put(Job(body, future, loop))
        return await future

    def put(self, job: Job) -> None:
        """Have it read, or read on, behind those that were read for as long or less."""
        self._jobs.put((job.used, next(self._count), job))

    def take(self) -> Job | None:
        """Who comes next; None where it is over."""
        return self._jobs.get()[2]


class _Worker:
    """One process, and the thread that talks with it."""

    def __init__(self, pool: InputWorkers, folder: Path) -> None:
        self.pool, self.folder = pool, folder
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.ready, self.works, self.ended = threading.Event(), False, False
        self.trouble: Exception | None = None
        self._process: Any = None
        self._connection: Connection | None = None
        self._done = 0

    def end(self) -> None:
        """Kill the process."""
        self.ended = True
        self._kill()

    def _run(self) -> None:
        try:
            self._open()
        except Exception as error:  # said by who waits for it
            self.trouble = error
        self.ready.set()
        while (job := self.pool.take()) is not None:
            if job.future.cancelled():
                continue
            begun = time.monotonic()
            reading = self._read(job.body, self.pool.limits.read_time - job.used)
            job.used += time.monotonic() - begun
            if reading.progress is not None and not self.ended:
                job.body.progress = reading.progress
                job.body.progress.found += len(reading.inputs)
                job.inputs += reading.inputs
                job.notes += reading.notes
                self.pool.put(job)
                continue
            reading.inputs, reading.notes = job.inputs + reading.inputs, job.notes + reading.notes
            with contextlib.suppress(RuntimeError):  # the loop is closed
                job.loop.call_soon_threadsafe(_tell, job.future, reading)

    def _read(self, body: Body, seconds: float) -> Reading:
        limits, sent = self.pool.limits, False
        try:
            connection = self._open()
            connection.send_bytes(messages.encode(body))
            sent = True
            if not connection.poll(max(seconds, 0.1)):
                self._kill()
                return Reading(refused=f"it takes longer than {limits.read_time} s to read", status=422)
            return messages.decode_reading(connection.recv_bytes())
        except (EOFError, OSError, msgspec.DecodeError):
            self._kill()
            if not sent:
                return Reading(refused="inputs cannot be read at the moment: try again", status=503)
            return Reading(refused="it cannot be read, since it brings its reader down", status=422)

    def _open(self) -> Connection:
        """The connection to the process, which is made where there is none."""
        if self._done >= JOBS:
            self._kill()
        self._done += 1
        if self._connection is not None and self._process.is_alive():
            return self._connection
        if self.ended:
            raise EOFError
        context: Any = multiprocessing.get_context(_start_method())
        ours, theirs = context.Pipe()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        place, exported = self.pool._asked
        task = (theirs, place, exported, self.pool.limits, self.folder)
        process = context.Process(target=work, args=task, daemon=True)
        process.start()
        self._process = process  # one that was not started cannot be killed
        theirs.close()
        if self.ended:  # while it was made
            self._kill()
        if not ours.poll(START) or ours.recv_bytes() != b"ready":
            raise EOFError
        self._connection, self._done, self.works = ours, 0, True
        return ours

    def _kill(self) -> None:
        connection, process, self._connection = self._connection, self._process, None
        if process is not None:
            process.kill()
            process.join(1)
        if connection is not None:
            connection.close()


def preload(*, exported: bool) -> None:
    """Let new processes begin with what they need already loaded, so that one that was killed is back at once."""
    name = "export_inputs" if exported else "run_inputs"
    if _start_method() == "forkserver":
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([f"fathom.serving.service.{name}", "fathom.serving.service.input_worker"])


def _start_method() -> str:
    """How a process is made: forked from one that has all loaded, where that one's socket has a place.

    The address of a Unix socket has 104 to 108 bytes, the least of them on macOS; a longer one cannot be listened at.
    """
    room = _SOCKET_PATH - len("/pymp-12345678/listener-12345678")
    fits = len(os.fsencode(tempfile.gettempdir())) < room
    return "forkserver" if os.name == "posix" and fits else "spawn"


def temporary_folder() -> Path:
    """A folder of this process, which the next server removes where this one cannot."""
    return Path(tempfile.mkdtemp(prefix=f"fathom-serve-{os.getpid()}-"))


def sweep() -> None:
    """Remove what servers that were killed were reading."""
    for left in Path(tempfile.gettempdir()).glob("fathom-serve-*"):
        match = _NAME.match(left.name)
        with contextlib.suppress(OSError):
            if match and left.is_dir() and not left.is_symlink() and not _lives(int(match[1])):
                shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _tell(future: asyncio.Future[Reading], reading: Reading) -> None:
    if not future.done():
        future.set_result(reading)
