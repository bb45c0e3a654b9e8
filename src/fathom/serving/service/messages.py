"""What worker processes are told and tell: arrays as bytes, never pickles, since a worker reads what strangers send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


class Progress(msgspec.Struct):
    """How far the reading of a body is that was interrupted, so that others have their turn.

    Attributes:
        given: inputs of the body that are read.
        found: inputs that were found in these: a table has many.
        pixels: of all pictures so far.
        seconds: of all recordings so far.
    """

    given: int = 0
    found: int = 0
    pixels: int = 0
    seconds: float = 0.0


class Body(msgspec.Struct):
    """What came in.

    Attributes:
        kind: its Content-Type.
        data: the bytes.
        draw: the prediction (``prediction``, ``confidence``) and the heat map (``heat``) that are to be drawn into the
            one input; None wants it encoded.
        rate: samples a second at which a recording is wanted as it is, and not encoded; 0 for all else.
        progress: what of it is read already.
    """

    kind: str
    data: bytes
    draw: dict[str, Any] | None = None
    rate: int = 0
    progress: Progress = msgspec.field(default_factory=Progress)


class Array(msgspec.Struct, array_like=True):
    """An array."""

    kind: str
    shape: tuple[int, ...]
    data: bytes


class Input(msgspec.Struct):
    """One input.

    Attributes:
        name: as the answer calls it.
        arrays: encoded; none where it cannot be read.
        error: why it cannot be read.
        status: of HTTP, for a request with this input alone.
        doubts: what of it could not be used as it stands, in sentences.
    """

    name: str
    arrays: dict[str, Array] = {}
    error: str = ""
    status: int = 200
    doubts: list[str] = []


class Reading(msgspec.Struct):
    """What a worker made of a body.

    Attributes:
        inputs: in order.
        many: the client asked for several, so that it is answered with a list, however many there were.
        refused: why nothing of it can be read.
        status: of HTTP, where it is refused.
        picture: what was drawn, as a JPEG.
        shown: the prediction as a person reads it.
        words: of which the input is made, where it is made of words.
        notes: what was guessed, replaced or left out to read the body, in sentences.
        progress: how far it is, where there is more to read.
    """

    inputs: list[Input] = []
    many: bool = False
    refused: str = ""
    status: int = 200
    picture: bytes = b""
    shown: str = ""
    words: list[str] = []
    notes: list[str] = []
    progress: Progress | None = None

    @property
    def rejected(self) -> int:
        """The status of HTTP where no input at all can be read; 0 where one can."""
        if not self.inputs or any(not one.error for one in self.inputs):
            return 0
        statuses = {one.status for one in self.inputs}
        return statuses.pop() if len(statuses) == 1 else 422


encode = msgspec.msgpack.Encoder().encode
decode_body = msgspec.msgpack.Decoder(Body).decode
decode_reading = msgspec.msgpack.Decoder(Reading).decode


def packed(arrays: Arrays) -> dict[str, Array]:
    """Arrays, as they travel."""
    return {name: Array(a.dtype.str, a.shape, np.ascontiguousarray(a).tobytes()) for name, a in arrays.items()}


def unpacked(arrays: Mapping[str, Array]) -> dict[str, NDArray[Any]]:
    """Arrays that have travelled, each in memory of its own.

    Raises:
        ValueError: they are none.
    """
    return {name: np.frombuffer(bytearray(a.data), _kind(a.kind)).reshape(a.shape) for name, a in arrays.items()}


def _kind(text: str) -> np.dtype[Any]:
    kind = np.dtype(text)
    if kind.kind not in "biuf":
        raise ValueError(f"no array of numbers: {text}")
    return kind
