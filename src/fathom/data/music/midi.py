"""Writing MIDI: a piano roll as a standard MIDI file of one track, without any library.

The format is that of the *Standard MIDI Files 1.0* specification: a header, then a track of events, each after a time
in ticks, written seven bits a byte.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data import files
from fathom.data.music.piano_roll import LOWEST_NOTE

_TICKS_PER_QUARTER = 480
"""Ticks to a quarter note."""
_VELOCITY = 72


def roll_to_notes(roll: NDArray[Any]) -> list[tuple[int, int, int]]:
    """The notes of a roll as (first step, step after the last, MIDI number); a key that goes on sounding is one note.

    >>> import numpy as np
    >>> roll_to_notes(np.eye(3, 88)[[0, 0, 2]])
    [(0, 2, 21), (2, 3, 23)]
    """
    padded = np.pad(np.asarray(roll) > 0, ((1, 1), (0, 0))).astype(np.int8)
    keys, begins = np.nonzero(np.diff(padded, axis=0).T == 1)
    _, ends = np.nonzero(np.diff(padded, axis=0).T == -1)
    return sorted((int(b), int(e), int(k) + LOWEST_NOTE) for b, e, k in zip(begins, ends, keys, strict=True))


def roll_to_midi(roll: NDArray[Any], *, steps_per_quarter: int = 1, tempo: float = 90.0) -> bytes:
    """A roll ``(steps, 88)`` as the content of a MIDI file, played on a piano.

    Args:
        roll: 1 where a key sounds.
        steps_per_quarter: time steps to a quarter note.
        tempo: quarter notes a minute.
    """
    tick = _TICKS_PER_QUARTER // steps_per_quarter
    events = [(0, 0, b"\xff\x51\x03" + round(60e6 / tempo).to_bytes(3, "big")), (0, 1, b"\xc0\x00")]
    for begin, end, note in roll_to_notes(roll):
        events.append((begin * tick, 3, bytes((0x90, note, _VELOCITY))))
        events.append((end * tick, 2, bytes((0x80, note, 0))))  # before what begins then
    events.sort()
    events.append((len(roll) * tick, 4, b"\xff\x2f\x00"))
    track, now = bytearray(), 0
    for time, _, event in events:
        track += _variable_length(time - now) + event
        now = time
    header = b"MThd" + (6).to_bytes(4, "big") + b"".join(n.to_bytes(2, "big") for n in (0, 1, _TICKS_PER_QUARTER))
    return header + b"MTrk" + len(track).to_bytes(4, "big") + bytes(track)


def write_midi(path: Path, roll: NDArray[Any], *, steps_per_quarter: int = 1, tempo: float = 90.0) -> None:
    """Write a roll as a MIDI file; the arguments are those of `roll_to_midi`.

    Raises:
        UserError: the file cannot be written.
    """
    with files.replacing(path) as waiting:
        waiting.write_bytes(roll_to_midi(roll, steps_per_quarter=steps_per_quarter, tempo=tempo))


def _variable_length(number: int) -> bytes:
    """A number in seven bits a byte, the highest first; all bytes but the last have their top bit set."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))
