"""Inputs that a run can answer, made from what it learned: examples for the OpenAPI document, and a warm beginning."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from fathom.serving.service.request_body import Accepts

RATE = 8000
CHORDS = [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]]


def example_inputs(accepts: Accepts, state: Mapping[str, Any]) -> Iterator[Any]:
    """Inputs as JSON, the first of which that can be answered is an example.

    Args:
        accepts: what inputs are.
        state: what the task learned, as it is kept with the run.
    """
    match accepts:
        case Accepts.PICTURE:
            yield base64.b64encode(picture()).decode()
        case Accepts.RECORDING:
            yield base64.b64encode(tone()).decode()
        case Accepts.ROW:
            yield _row(state)
        case Accepts.PIECE:
            yield CHORDS
        case Accepts.TEXT:
            yield from _texts(state)


def picture(side: int = 32) -> bytes:
    """A PNG of a gradient."""
    rising = np.linspace(60, 190, side, dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(np.stack([*np.meshgrid(rising, rising), np.full((side, side), 120, np.uint8)], 2)).save(data, "PNG")
    return data.getvalue()


def tone(seconds: float = 0.4) -> bytes:
    """A WAV of a tone that rises."""
    time = np.arange(int(RATE * seconds)) / RATE
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, RATE, len(time), "NONE", ""))
        file.writeframes((8000 * np.sin(2 * np.pi * (400 + 300 * time) * time)).astype("<i2").tobytes())
    return data.getvalue()


def _row(state: Mapping[str, Any]) -> dict[str, Any]:
    """The median of each number, and a category of each column of categories."""
    medians = {
        name: round(points[len(points) // 2], 4)
        for name, points in zip(state.get("numeric") or (), state.get("quantiles") or ())
        if points
    }
    first = {name: known[0] for name, known in (state.get("categorical") or {}).items() if known}
    row, columns = medians | first, state.get("columns") or {}
    return {name: value for name, value in row.items() if not columns or name in columns} or row


def _texts(state: Mapping[str, Any]) -> Iterator[str]:
    known = state.get("words") or state.get("characters") or ()
    if isinstance(known, Mapping):
        known = known.get("known") or ()
    if isinstance(known, str):
        letters = [c for c in known if c.isalpha()]
        yield "the king" if set("the king") <= set(known) else "".join(letters[:6])
    whole = [word for word in known if isinstance(word, str) and word.isalpha() and len(word) > 2]
    if len(whole) > 3:
        yield " ".join(whole[:5])
    yield "this is some text"
