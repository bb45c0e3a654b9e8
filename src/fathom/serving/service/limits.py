"""How much a client may ask for, and what is said where it is more: a status and one sentence, never a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fathom.answer_lines import one_line
from fathom.errors import FathomError, UserError


@dataclass(frozen=True)
class Limits:
    """What is the most of each.

    Attributes:
        bytes: of a body.
        pixels: of a picture.
        side: pixels of a side of a picture, since rows cost time, however short they are.
        all_pixels: of all pictures of a request.
        seconds: of a recording.
        all_seconds: of all recordings of a request.
        inputs: of a request: files, texts or rows.
        characters: of a text.
        tokens: of a text as the net reads it, and of one that it writes.
        body_time: seconds in which a body must have come.
        read_time: seconds in which the inputs of a request must be read.
        answer_time: seconds after which who was not answered is told to come again.
        requests: that are answered at the same time; more are told to come again.
        memory: bytes that reading inputs may take beyond what the reader itself needs.
    """

    bytes: int = 32_000_000
    pixels: int = 50_000_000
    side: int = 30_000
    all_pixels: int = 400_000_000
    seconds: int = 600
    all_seconds: int = 3_600
    inputs: int = 1_000
    characters: int = 100_000
    tokens: int = 2_000
    body_time: int = 20
    read_time: int = 10
    answer_time: int = 60
    requests: int = 256
    memory: int = 2_000_000_000


class Refused(FathomError):  # noqa: N818 (it is told as a status)
    """A request that is not answered.

    Args:
        status: of HTTP.
        why: one sentence.
        beside: what the client is told beside the sentence, in JSON.
    """

    def __init__(self, status: int, why: str, beside: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(one_line(why))
        self.status, self.beside = HTTPStatus(status), beside


def limits_of(given: Sequence[str]) -> Limits:
    """The limits, some of them as given.

    Args:
        given: each as ``name=number``.

    Raises:
        UserError: there is no such limit, or it is no number.
    """
    names, changed = [field.name for field in fields(Limits)], dict[str, Any]()
    for one in given:
        name, _, number = one.partition("=")
        if name not in names:
            raise UserError(f"there is no limit '{name}': choose {', '.join(names)}")
        if not number.isascii() or not number.isdecimal() or not 0 < int(number) < 10**12:
            raise UserError(f"the limit {name} is '{number}', which is no number from 1 on: give {name}=NUMBER")
        changed[name] = int(number)
    return replace(Limits(), **changed)
