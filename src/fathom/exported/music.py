"""Programs for pieces of music: what would come next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import symusic  # noqa: F401 - what MIDI is read by
from numpy.typing import NDArray

from fathom.data.music import piano_roll
from fathom.data.music.note_events import events_of, framed
from fathom.errors import Unreadable
from fathom.exported.batches import Arrays
from fathom.exported.program import Answer, Program


class Chords(Program):
    """The chord that would come after a piece."""

    ragged = ("roll",)

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """A MIDI file, or chords as JSON."""
        given = piano_roll.asked_piece(text)
        try:
            roll = (
                piano_roll.read_midi(given, self.encoder["grid"])
                if isinstance(given, Path)
                else piano_roll.chords_to_roll(given)
            )
            yield text, self.arrays(roll)
        except Unreadable as error:
            yield text, str(error)

    def arrays(self, roll: piano_roll.Roll) -> Arrays:
        """What the net is given of a piece."""
        return {"roll": roll}

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The keys that rather sound than not."""
        logits = outputs[0].reshape(len(outputs[0]), outputs[0].shape[1], -1, piano_roll.KEYS).mean(2)
        after = logits[np.arange(len(logits)), batch["roll_length"]]  # (batch, 88)
        return [_said(chord) for chord in piano_roll.roll_to_chords(after > 0)]


class Notes(Chords):
    """The note that would come after a piece."""

    ragged = ("events",)

    def arrays(self, roll: piano_roll.Roll) -> Arrays:
        """What the net is given of a piece."""
        return {"events": framed(events_of(roll))}

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The likeliest note after the piece's last."""
        last = batch["events_length"] - 2  # the end itself is not looked at
        keys = outputs[0][np.arange(len(last)), last, : piano_roll.KEYS].argmax(1).tolist()
        return [_said((key + piano_roll.LOWEST_NOTE,)) for key in keys]


def _said(chord: piano_roll.Chord) -> Answer:
    name = piano_roll.chord_name(chord)
    return Answer(name, name)
