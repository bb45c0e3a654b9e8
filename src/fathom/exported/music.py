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
from fathom.errors import Unreadable, UserError
from fathom.exported import sampling
from fathom.exported.batches import Arrays
from fathom.exported.program import Answer, Ask, Program, Wanted


class Pieces(Program):
    """Base of those that read pieces."""

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


class Chords(Pieces):
    """The chord that would come after a piece."""

    ragged = ("roll",)

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The keys that rather sound than not."""
        return [_said(chord) for chord in piano_roll.roll_to_chords(self._after(outputs, batch["roll_length"]) > 0)]

    def _after(self, outputs: Sequence[NDArray[Any]], lengths: NDArray[Any]) -> NDArray[Any]:
        """The logits of what comes after each piece: ``(batch, 88)``."""
        logits = outputs[0].reshape(len(outputs[0]), outputs[0].shape[1], -1, piano_roll.KEYS).mean(2)
        return logits[np.arange(len(logits)), lengths]

    def generate(self, ask: Ask, wanted: Wanted) -> Iterator[str]:
        """Play on, each time step as a line with the names of its notes, the prompt's first."""
        sampling.check(wanted.temperature, 0, 1.0)
        if wanted.length < 1 or wanted.top_k or wanted.top_p != 1:
            raise UserError("of music the length is 1 or more, and each key is drawn for itself, without a top")
        given = piano_roll.asked_piece(wanted.prompt) if wanted.prompt else ()
        grid, voices = self.encoder["grid"], self.encoder["voices"]
        roll = piano_roll.read_midi(given, grid) if isinstance(given, Path) else piano_roll.chords_to_roll(given)
        random = np.random.default_rng(wanted.seed)
        for i in range(len(roll) + wanted.length):
            if i >= len(roll):
                logits = self._after(ask({"roll": roll[None]}), np.array([i]))[0]
                roll = np.concatenate([roll, sampling.drawn_keys(logits, wanted.temperature, voices, random)[None]])
            yield piano_roll.chord_name(piano_roll.roll_to_chords(roll[i : i + 1])[0])
            yield "\n"


class Notes(Pieces):
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
