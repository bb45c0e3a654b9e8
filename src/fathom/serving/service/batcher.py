"""Inputs that have come in together are answered together: one batch costs little more than one input.

A batch is taken as soon as the net is free and nobody is still being read whose input could join it, or when the first
has waited for a few milliseconds. While the net works, the next batch gathers by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

from fathom.errors import FathomError
from fathom.serving.service.limits import Refused
from fathom.serving.service.messages import Arrays

MOST = 32
"""Inputs of a batch at most; more together are hardly faster."""
MOST_BYTES = 256_000_000
"""Of a batch, padded, at most."""
MOST_SQUARES = 64 * 512**2
"""Of lengths, summed over a padded batch: what attention over it takes grows so."""
WINDOW = 0.003
"""Seconds that an input waits for others."""

T = TypeVar("T")


class Batcher(Generic[T]):
    """Gathers inputs, and gives them to a net.

    Args:
        answer: answers a batch, in another thread.
        threads: where it runs.
        ragged: arrays that are padded to the longest of a batch.
        window: seconds that an input waits for others that are being read.

    Attributes:
        reading: requests whose inputs are still being read.
        heard: is told how many inputs each batch has.
    """

    def __init__(
        self, answer: Callable[[Sequence[Arrays]], list[T]], threads: Executor, ragged: Sequence[str] = (),
        window: float = WINDOW,
    ) -> None:  # fmt: skip
        self._ragged = ragged
        self._answer, self._threads, self._window = answer, threads, window
        self._waiting: deque[tuple[Arrays, asyncio.Future[T]]] = deque()
        self._came = asyncio.Event()
        self.reading = 0
        self.heard: Callable[[int], None] = lambda size: None

    async def answer(self, inputs: Sequence[Arrays]) -> list[T | BaseException]:
        """What the net says of inputs, in order, or the `Refused` that says why it cannot answer one.

        Args:
            inputs: encoded.
        """
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[T]] = [loop.create_future() for _ in inputs]
        self._waiting.extend(zip(inputs, futures, strict=True))
        self._came.set()
        return await asyncio.gather(*futures, return_exceptions=True)  # who leaves cancels them all

    async def run(self) -> None:
        """Answer what comes, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._came.wait()
            end = loop.time() + self._window
            while self.reading and len(self._waiting) < MOST and (left := end - loop.time()) > 0:
                self._came.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._came.wait(), left)
            batch = self._take()
            if not self._waiting:
                self._came.clear()
            if batch:
                await self._run(batch)

    def stirred(self) -> None:
        """Look again whether somebody is still being read."""
        if self._waiting:
            self._came.set()

    def _take(self) -> list[tuple[Arrays, asyncio.Future[T]]]:
        """The next batch: who has left is left out, and it is no larger than memory has room for."""
        batch: list[tuple[Arrays, asyncio.Future[T]]] = []
        largest = longest = 0
        while self._waiting and len(batch) < MOST:
            arrays, future = self._waiting[0]
            largest = max(largest, sum(a.nbytes for a in arrays.values()))
            longest = max(longest, *(len(arrays[name]) for name in self._ragged), 0)
            count = len(batch) + 1
            if batch and (largest * count > MOST_BYTES or longest**2 * count > MOST_SQUARES):
                break
            self._waiting.popleft()
            if not future.done():
                batch.append((arrays, future))
        size = (
            1 << (len(batch).bit_length() - 1) if batch else 0
        )  # few sizes, since torch keeps memory for each it meets
        self._waiting.extendleft(reversed(batch[size:]))
        return batch[:size]

    async def _run(self, batch: list[tuple[Arrays, asyncio.Future[T]]]) -> None:
        loop = asyncio.get_running_loop()
        self.heard(len(batch))
        try:
            answers = await loop.run_in_executor(self._threads, self._answer, [arrays for arrays, _ in batch])
        except Exception as error:
            if len(batch) > 1:  # whose fault it is
                for one in batch:
                    await self._run([one])
                return
            _fail(batch[0][1], error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)


def _fail(future: asyncio.Future[T], error: Exception) -> None:
    if future.done():
        return
    if isinstance(error, FathomError):
        future.set_exception(Refused(422, str(error)))
        return
    print(f"fathom: an input could not be answered ({type(error).__name__}: {error})", file=sys.stderr)
    future.set_exception(Refused(500, "this input cannot be answered, which is a defect of the server"))
