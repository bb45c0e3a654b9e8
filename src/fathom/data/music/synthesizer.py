"""A small synthesizer: a piano roll as sound, by adding up sines.

A note is its fundamental and the overtones below half the sampling rate, each weaker and fading sooner than the one
below it, as a struck string's are; it begins within milliseconds and is let go at its end.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data import files
from fathom.data.music.midi import roll_to_notes

RATE = 22050
"""Samples a second."""
OVERTONES = (1.0, 0.45, 0.28, 0.14, 0.09, 0.05)
"""How loud the fundamental and its overtones begin."""
ATTACK, RELEASE = 0.008, 0.12
"""Seconds in which a note begins, and in which it dies away after its end."""
PEAK = 0.9


def _note_hertz(note: int) -> float:
    """The pitch of a MIDI number in hertz, in equal temperament.

    >>> _note_hertz(69)
    440.0
    """
    return float(440.0 * 2 ** ((note - 69) / 12))


def synthesize_note(note: int, seconds: float, rate: int = RATE) -> NDArray[np.float64]:
    """One note, ``(samples,)``, its release included."""
    t = np.arange(round((seconds + RELEASE) * rate)) / rate
    pitch = _note_hertz(note)
    sound = np.zeros_like(t)
    for number, loudness in enumerate(OVERTONES, 1):
        if number * pitch < rate / 2:
            fading = np.exp(-t * number * (0.5 + pitch / 900))
            sound += loudness * fading * np.sin(2 * np.pi * number * pitch * t)
    return sound * np.minimum(t / ATTACK, 1) * np.clip((seconds + RELEASE - t) / RELEASE, 0, 1)


def synthesize_roll(roll: NDArray[Any], *, seconds_per_step: float = 0.5, rate: int = RATE) -> NDArray[np.float32]:
    """A roll ``(steps, 88)`` as sound, ``(samples,)`` in [-1, 1], as loud as can be.

    Args:
        roll: 1 where a key sounds.
        seconds_per_step: how long a time step is.
        rate: samples a second.
    """
    sound = np.zeros(round((len(roll) * seconds_per_step + RELEASE) * rate) + rate // 10)
    for begin, end, note in roll_to_notes(roll):
        played = synthesize_note(note, (end - begin) * seconds_per_step, rate)
        start = round(begin * seconds_per_step * rate)
        sound[start : start + len(played)] += played
    loudest = float(np.abs(sound).max(initial=0.0))
    return (sound * (PEAK / loudest if loudest else 1.0)).astype(np.float32)


def write_wav(path: Path, roll: NDArray[Any], *, seconds_per_step: float = 0.5, rate: int = RATE) -> None:
    """Write a roll as a WAV file of one channel and 16 bits; the arguments are those of `synthesize_roll`.

    Raises:
        UserError: the file cannot be written.
    """
    samples = (synthesize_roll(roll, seconds_per_step=seconds_per_step, rate=rate) * 32767).astype("<i2")
    with files.replacing(path) as waiting, waiting.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
