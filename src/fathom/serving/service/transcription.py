"""``POST /transcribe``: what is said in a recording of any length, a line as soon as it is known.

A recording is decoded where all inputs are read, cut where it is quiet, and written down part by part by the run
itself, or by the packaged Whisper as ``fathom transcribe`` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from fathom.serving.service.generation import Parts
from fathom.serving.service.limits import Refused
from fathom.serving.service.messages import Body, unpacked
from fathom.serving.service.service import Served, encode_json

if TYPE_CHECKING:
    from fathom.tasks.audio.transcription import Part

SHORTEST = 2.0
"""Seconds of the longest part at least, also where a run was trained on recordings that are shorter still."""


class By(StrEnum):
    """Who writes down."""

    RUN = "run"
    WHISPER = "whisper"


def by_of(text: str | None) -> By:
    """Who is asked for in an address.

    Raises:
        Refused: there is nobody of the name.
    """
    try:
        return By(text or By.RUN)
    except ValueError:
        raise Refused(422, f"'by' has to be {' or '.join(By)}") from None


async def lines_of(one: Served, kind: str, data: bytes, by: By) -> Parts:
    """What writes down a recording: lines of JSON, one for each part and one for the whole.

    Args:
        one: the run.
        kind: the Content-Type of a body.
        data: the body.
        by: who writes down.

    Raises:
        Refused: it holds no recording, or several.
    """
    from fathom.tasks.audio.transcription import LONGEST, parts_of
    from fathom.tasks.audio.whisper_features import RATE

    task: Any = one.net.predictor.task  # type: ignore[attr-defined]
    rate, longest = (RATE, LONGEST) if by is By.WHISPER else (task.rate_, min(LONGEST, max(SHORTEST, task.longest_)))
    say = _said_by_whisper if by is By.WHISPER else _said_by(one)
    reading = await one.read(Body(kind, data, rate=rate))
    if reading.many:
        raise Refused(422, "one recording is written down at a time: send one file")
    (given,) = reading.inputs
    return lambda: _written(given.name, parts_of(unpacked(given.arrays)["samples"], rate, longest), say)


def _written(name: str, parts: list[Part], say: Callable[[Part], str]) -> Iterator[str]:
    said = []
    for part in parts:
        said.append(say(part))
        yield _line({"start": round(part.start, 2), "end": round(part.end, 2), "text": said[-1]})
    yield _line({"input": name, "text": " ".join(filter(None, said)), "seconds": round(parts[-1].end, 2)})


def _said_by(one: Served) -> Callable[[Part], str]:
    from fathom.records import Example
    from fathom.runs.predict import encode_input

    predictor = one.net.predictor  # type: ignore[attr-defined]

    def say(part: Part) -> str:
        encoded, _ = encode_input(predictor.task, Example("", part.samples))
        return "" if isinstance(encoded, str) else str(predictor.run([encoded])[0].value)

    return say


def _said_by_whisper(part: Part) -> str:
    from fathom.tasks.audio.transcription import transcribe_parts

    return transcribe_parts([part])[0]


def _line(record: dict[str, Any]) -> str:
    return encode_json(record).decode() + "\n"


LATE = _line({"error": "it takes longer than is waited for here: send a shorter recording"})
"""The last line where time is up."""
