"""One run that is served: a body goes in, a status and records come out."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from fathom.answer_lines import failure_line
from fathom.serving.service.batcher import Batcher
from fathom.serving.service.example_inputs import example_inputs
from fathom.serving.service.input_workers import InputWorkers, temporary_folder
from fathom.serving.service.limits import Limits, Refused
from fathom.serving.service.measures import Measures
from fathom.serving.service.messages import Body, Input, Reading, unpacked
from fathom.serving.service.nets import ExportedNet, Fields, Net, RunNet

HELD = 1_000_000_000
"""Bytes of all bodies at most."""
BUSY = "the server is busy: come again in a second"
encode_json = msgspec.json.Encoder().encode


class Served:
    """A run under its name.

    Args:
        name: in addresses.
        place: of the run, or of the export.
        net: that answers.
        workers: that read inputs.
        threads: in which nets answer.
        measures: that count.
        limits: how much a client may ask for.

    Attributes:
        example: an input in JSON and its answer, once there is one.
    """

    def __init__(
        self, name: str, place: Path, net: Net, workers: InputWorkers, threads: ThreadPoolExecutor, measures: Measures,
        limits: Limits,
    ) -> None:  # fmt: skip
        self.name, self.place, self.net, self.workers, self.limits = name, place, net, workers, limits
        self.batcher: Batcher[Fields] = Batcher(net.answer, threads, net.ragged)
        self.measures, self.threads = measures, threads
        self.example: tuple[Any, Any] | None = None
        self.batcher.heard = measures.batches.labels(name).observe

    async def predict(self, body: Body) -> bytes:
        """The answer to a request, as JSON.

        Args:
            body: as it came.

        Raises:
            Refused: there is none; says why.
        """
        begun = time.perf_counter()
        reading = await self.read(body)
        records = await self.answers(reading.inputs)
        notes = {"notes": reading.notes} if reading.notes else {}
        if all("error" in one for one in records):
            told = {"predictions": records} | notes if reading.many else notes
            raise Refused(reading.rejected or 422, _none_of(records), told)
        self.measures.inputs.labels(self.name).inc(len(records))
        self.measures.seconds.labels(self.name).observe(time.perf_counter() - begun)
        return encode_json(({"predictions": records} if reading.many else records[0]) | notes)

    async def begin(self) -> None:
        """Answer a first input, which then stands in the documentation."""
        for given in example_inputs(self.net.accepts, self.net.state):
            with contextlib.suppress(Refused):
                body = encode_json({"input": given})
                self.example = given, msgspec.json.decode(await self.predict(Body("application/json", body)))
                return

    async def read(self, body: Body) -> Reading:
        """What is in a body.

        Raises:
            Refused: nothing that can be answered.
        """
        self.batcher.reading += 1
        try:
            reading = await self.workers.read(body)
        finally:
            self.batcher.reading -= 1
            self.batcher.stirred()
        if reading.refused:
            raise Refused(reading.status, reading.refused)
        return reading

    async def answers(self, inputs: Sequence[Input]) -> list[dict[str, Any]]:
        """A record for each input, as ``fathom predict --json`` prints it."""
        answers = iter(await self.batcher.answer([unpacked(one.arrays) for one in inputs if not one.error]))
        records = []
        for one in inputs:
            answer = {"error": one.error} if one.error else next(answers)
            if isinstance(answer, asyncio.CancelledError):
                raise answer
            if isinstance(answer, BaseException):
                if isinstance(answer, Refused) and answer.status < 500:
                    answer = {"error": str(answer)}
                else:
                    raise answer
            records.append({"input": one.name} | answer | ({"doubts": one.doubts} if one.doubts else {}))
        return records


def _none_of(records: Sequence[dict[str, Any]]) -> str:
    """Why there is no answer to any input of a request."""
    first = records[0]
    if len(records) == 1:
        return str(first["error"])
    return f"none of the {len(records):,} inputs can be answered ({failure_line(first['input'], first['error'])})"


class Service:
    """All runs of a server.

    Args:
        places: of runs, or of exports, by the names under which they are asked.
        exported: which of both.
        limits: how much a client may ask for.
        workers: processes that read inputs, for each run.

    Raises:
        UserError: a run cannot be loaded.
    """

    def __init__(self, places: Mapping[str, Path], *, exported: bool, limits: Limits, workers: int) -> None:
        self.limits, self.measures = limits, Measures()
        self.threads = ThreadPoolExecutor(1, thread_name_prefix="net")
        self.folder = temporary_folder()
        self.served: dict[str, Served] = {}
        self._requests = self._held = 0
        for name, place in places.items():
            net: Net = ExportedNet(place) if exported else RunNet(place)
            readers = InputWorkers(
                place, exported=exported, limits=limits, count=workers, folder=self.folder / f"run-{name}"
            )
            self.served[name] = Served(name, place, net, readers, self.threads, self.measures, limits)

    @contextlib.asynccontextmanager
    async def body(self, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """A body, as soon as it is whole; those of all requests together take a bounded part of the memory.

        Args:
            parts: as they come.

        Raises:
            Refused: there are too many others.
        """
        held, found = 0, []
        try:
            async for part in parts:
                found.append(part)
                held += len(part)
                self._held += len(part)
                if self._held > HELD:
                    raise Refused(503, BUSY)
            yield found[0] if len(found) == 1 else b"".join(found)
        finally:
            self._held -= held

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place among the requests that are answered.

        Raises:
            Refused: there is none.
        """
        if self._requests >= self.limits.requests:
            raise Refused(503, BUSY)
        self._requests += 1
        self.measures.open.set(self._requests)
        try:
            yield
        finally:
            self._requests -= 1
            self.measures.open.set(self._requests)

    def start(self) -> None:
        """Make the processes that read inputs."""
        for one in self.served.values():
            one.workers.start()

    def stop(self) -> None:
        """End them."""
        for one in self.served.values():
            one.workers.stop()
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.clear()

    def clear(self) -> None:
        """Remove what was being read."""
        shutil.rmtree(self.folder, ignore_errors=True)
