"""Reading MIDI: the notes of a file, or the true reason why it has none that can be used.

Notes are read by symusic, which comes with the extra ``music``. What it would misread, or refuse without saying why, is
told apart here by the header: times in frames of film in place of beats, several tunes in one file, a file within RIFF.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data import files
from fathom.errors import MissingExtra, Unreadable
from fathom.library_reasons import reason_of

ENDINGS = (".mid", ".midi", ".kar", ".rmi")
"""How the names of MIDI files end."""
_MAX_BYTES = 64 * 2**20
_COLUMNS = ("time", "duration", "pitch")


@dataclass(frozen=True)
class Notes:
    """The notes of a file, those of all its instruments but drums: int64 each.

    Attributes:
        time: when each begins, in ticks.
        duration: ticks that it lasts.
        pitch: MIDI number.
        ticks_per_quarter: ticks to a quarter note.
    """

    time: NDArray[np.int64]
    duration: NDArray[np.int64]
    pitch: NDArray[np.int64]
    ticks_per_quarter: int


def read_bytes(path: Path) -> bytes:
    """The content of a MIDI file; of one within RIFF (``.rmi``) the part that is MIDI.

    Raises:
        Unreadable: it is empty, no plain file, no MIDI, or much too large for it.
    """
    try:
        if not path.is_file():
            raise Unreadable("it is no file")
        if path.stat().st_size > _MAX_BYTES:
            raise Unreadable("it is larger than any MIDI file")
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"it cannot be read ({files.reason(error)})") from None
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        data = data[at:] if (at := data.find(b"MThd")) > 0 else b"RIFF"
    if data[:4] != b"MThd":
        raise Unreadable("it is empty" if not data else "it is no MIDI file: it does not begin with MThd")
    return data


def notes_in(data: bytes) -> Notes:
    """The notes of a MIDI file's bytes.

    Raises:
        Unreadable: it is damaged, of a kind that is not read, or has no notes but drums.
        MissingExtra: symusic is not installed.
    """
    try:
        from symusic import Score
    except ImportError:
        raise MissingExtra("reading MIDI", "music") from None
    _check_header(data)
    try:
        score: Any = Score.from_midi(data)
        tracks = [(bool(t.is_drum), t.notes.numpy()) for t in score.tracks if len(t.notes)]
    except (RuntimeError, ValueError, TypeError, IndexError, MemoryError) as error:
        raise Unreadable(f"it is no MIDI file, or a damaged one ({reason_of(error, 100)})") from None
    parts = [notes for is_drum, notes in tracks if not is_drum]
    if not parts or score.ticks_per_quarter <= 0:
        raise Unreadable("it has drums alone, which are no keys of a piano" if tracks else _why_empty(data))
    time, duration, pitch = (np.concatenate([p[k] for p in parts]).astype(np.int64) for k in _COLUMNS)
    return Notes(time, duration, pitch, int(score.ticks_per_quarter))


def _check_header(data: bytes) -> None:
    """Refuse what cannot be brought to beats, or is more than one tune."""
    if len(data) < 14:
        raise Unreadable("it is no MIDI file, or a damaged one (it ends in its header)")
    form, tracks, division = (int.from_bytes(data[at : at + 2], "big") for at in (8, 10, 12))
    if division & 0x8000:
        raise Unreadable(
            "its times are in frames of film (SMPTE) and not in beats: save it again with ticks to a quarter note"
        )
    if form == 2 and tracks > 1:
        raise Unreadable(f"it holds {tracks} tunes in one file (format 2): save each as a file of its own")


def _why_empty(data: bytes) -> str:
    """Why a file that is whole has no notes."""
    begins = any(byte & 0xF0 == 0x90 for byte in data[22:])
    return "none of its notes comes to an end" if begins else "it has no notes"
