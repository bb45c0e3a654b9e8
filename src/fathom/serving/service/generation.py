"""What is written in parts as they come, in a thread of its own; of ``POST /generate``, also what is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Annotated, Any

import msgspec

from fathom.errors import FathomError
from fathom.library_reasons import reason_of
from fathom.serving.service.limits import Limits, Refused
from fathom.serving.service.service import BUSY, Served

AT_ONCE = 2
"""Texts that are written at the same time; who asks for more is told to come again."""
LARGEST = 1_000_000
"""Bytes of a request."""
LENGTHS = {"music": 64}
"""What is written where nothing is said, in steps of time; of texts 200 tokens."""

Parts = Callable[[], Iterator[str]]
"""Begins to write, in the thread where it is called."""


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """What a client asks for."""

    prompt: str | list[list[int]] = ""
    temperature: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1.0
    top_k: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    length: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0


def asked_of(data: bytes, limits: Limits) -> Asked:
    """What is asked for in a body.

    Raises:
        Refused: it makes no sense, or is too much.
    """
    if len(data) > LARGEST:
        raise Refused(413, f"a body of more than {LARGEST:,} bytes is not read here")
    try:
        asked = msgspec.json.decode(data or b"{}", type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(422, f"the body has to be JSON as the documentation shows it ({reason_of(error)})") from None
    if (asked.length or 0) > limits.tokens:
        raise Refused(413, f"a length of {asked.length:,} is more than the {limits.tokens:,} that are written")
    if len(asked.prompt) > limits.characters:
        raise Refused(413, f"a prompt of {len(asked.prompt):,} is longer than the {limits.characters:,} that are read")
    return asked


class Writers:
    """Those who write at the moment, for all clients of a server.

    Args:
        limits: how long one may take.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits, self._free = limits, AT_ONCE

    async def write(self, one: Served, asked: Asked) -> Writing:
        """What the net of a run writes.

        Args:
            one: the run.
            asked: what is asked for.

        Raises:
            Refused: it cannot be written, or there are too many writers.
        """

        async def begin() -> Parts:
            return lambda: parts_of(one, asked)

        return await self.stream(begin)

    async def stream(self, begin: Callable[[], Awaitable[Parts]], late: str = "") -> Writing:
        """A text, as it is written; its first part is there when this returns.

        Args:
            begin: makes what writes, once there is a place for it.
            late: the last part of a text whose next part takes too long; without, the whole text has that time.

        Raises:
            Refused: it cannot be written, or there are too many writers.
        """
        if not self._free:
            raise Refused(503, BUSY)
        self._free -= 1
        writer = None
        try:
            writer = _Writer(await begin(), asyncio.get_running_loop())
            return Writing(self, writer, await writer.next(), late)
        except BaseException:
            if writer is not None:
                writer.leave()
            self._free += 1
            raise

    def release(self) -> None:
        """Somebody writes no more."""
        self._free += 1


class Writing:
    """A text that is being written. Whoever takes it must leave in the end, whether or not it was ever read.

    Args:
        writers: that it takes a place of.
        writer: who writes.
        first: its first part; None where it is empty.
        late: its last part, where the next takes too long.
    """

    def __init__(self, writers: Writers, writer: _Writer, first: str | None, late: str) -> None:
        self._writers, self._writer, self._part, self._late, self._left = writers, writer, first, late, False

    async def __aiter__(self) -> AsyncIterator[str]:
        """The parts, as they come."""
        now, seconds = asyncio.get_running_loop().time, self._writers.limits.answer_time
        end = now() + seconds
        try:
            with contextlib.suppress(Refused):  # what was begun ends here
                while self._part is not None:
                    yield self._part
                    end = now() + seconds if self._late else end
                    async with asyncio.timeout_at(end):
                        self._part = await self._writer.next()
        except TimeoutError:
            if self._late:
                yield self._late
        finally:
            self.leave()

    def leave(self) -> None:
        """Nobody listens any more."""
        if not self._left:
            self._left = True
            self._writer.leave()
            self._writers.release()


def parts_of(one: Served, asked: Asked) -> Iterator[str]:
    """What the net of a run writes.

    Args:
        one: the run.
        asked: what is asked for.
    """
    predictor = one.net.predictor  # type: ignore[attr-defined]
    task: Any = predictor.task
    prompt = asked.prompt if isinstance(asked.prompt, str) else json.dumps(asked.prompt)
    if one.net.generates == "music" and prompt:
        try:
            prompt = json.dumps(json.loads(prompt))  # chords, and never the name of a file
        except (ValueError, RecursionError):
            raise Refused(422, "a prompt of music has to be chords, such as [[60, 64, 67], [62]]") from None
        if not prompt.startswith("["):
            raise Refused(422, "a prompt of music has to be chords, such as [[60, 64, 67], [62]]")
    length = asked.length or LENGTHS.get(one.net.generates, 200)
    more = {"top_k": asked.top_k, "top_p": asked.top_p, "temperature": asked.temperature, "seed": asked.seed}
    yield from task.generate(predictor.net, prompt=prompt, length=min(length, one.limits.tokens), **more)


class _Writer:
    """A thread that writes, and who waits for it."""

    def __init__(self, parts: Callable[[], Iterator[str]], loop: asyncio.AbstractEventLoop) -> None:
        self._parts, self._loop, self._left = parts, loop, False
        self._said: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        threading.Thread(target=self._write, daemon=True).start()

    async def next(self) -> str | None:
        """The next part; None at the end."""
        part = await self._said.get()
        if isinstance(part, Refused):
            raise part
        if isinstance(part, FathomError):
            raise Refused(422, str(part))
        if isinstance(part, Exception):
            raise part
        return part

    def leave(self) -> None:
        """Nobody listens any more."""
        self._left = True

    def _write(self) -> None:
        last: Exception | None = None
        try:
            for part in self._parts():
                self._say(part)
                if self._left:
                    return
        except Exception as error:
            last = error
        self._say(last)

    def _say(self, part: str | Exception | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._said.put_nowait, part)
