"""A piano roll note by note: each with the time since the one before it and its duration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fathom.data.music import piano_roll
from fathom.data.music.midi import roll_to_notes
from fathom.data.music.piano_roll import KEYS
from fathom.errors import Unreadable

MOST = 4096
"""Events of a piece; what comes after them is left out."""
MAX_DURATION = 32
"""Time steps between two notes and of a note, at most."""
Events = NDArray[np.int64]
"""Pitch (0 to 87), steps since the last note began, and steps that it lasts: ``(notes, 3)``."""


def events_of(roll: piano_roll.Roll) -> Events:
    """The notes of a roll in the order in which they begin, the lower first.

    >>> roll = np.zeros((4, 88), np.uint8)
    >>> roll[0:2, 5] = roll[1:4, 9] = 1
    >>> events_of(roll).tolist()
    [[5, 0, 2], [9, 1, 3]]
    """
    notes = sorted((begin, key - piano_roll.LOWEST_NOTE, end - begin) for begin, end, key in roll_to_notes(roll))
    begins = np.array([begin for begin, _, _ in notes])
    steps = np.diff(begins, prepend=0)
    found = np.array([(key, step, lasts) for (_, key, lasts), step in zip(notes, steps, strict=True)], np.int64)
    return np.minimum(found.reshape(-1, 3), (KEYS, MAX_DURATION, MAX_DURATION))[:MOST]


def framed(events: Events) -> Events:
    """The beginning, the notes, the end: the pitches beyond the keys.

    Raises:
        Unreadable: there is no note.
    """
    if not len(events):
        raise Unreadable("it has no note within the 88 keys")
    return np.concatenate([[[KEYS + 1, 0, 0]], events, [[KEYS, 0, 0]]])
