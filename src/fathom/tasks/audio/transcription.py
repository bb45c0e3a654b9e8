"""Recordings of English, of any length, to texts, by the packaged Whisper as it is.

A long recording is cut where it is quietest near the end of what the encoder can hear at once; its parts are written
down each for itself, several at a time, and joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from fathom.nets.audio import whisper
from fathom.nets.audio.whisper_vocabulary import packaged_vocabulary
from fathom.nets.audio.whisper_writing import write_down
from fathom.tasks.audio.whisper_features import RATE, heard_places

LONGEST, EARLIEST = 26.0, 18.0
"""Seconds of a part at most, and before which none is cut."""
_STEP, _PAUSE = 0.02, 0.2
"""Seconds between the places where a cut may be, and over which their power is summed."""


@dataclass(frozen=True)
class Part:
    """A stretch of a recording: where it begins and ends in seconds, and its samples, ``(samples,)``."""

    start: float
    end: float
    samples: NDArray[np.float32]


def parts_of(samples: NDArray[np.float32], rate: int = RATE, longest: float = LONGEST) -> list[Part]:
    """The parts of a recording, each short enough to be heard at once.

    Args:
        samples: ``(samples,)``.
        rate: samples per second.
        longest: seconds of a part at most; two or more.
    """
    parts, start, most = [], 0, round(longest * rate)
    first = round(longest * EARLIEST / LONGEST / _STEP) * round(_STEP * rate)
    while len(samples) - start > most:
        cut = start + _quietest(samples[start : start + most], first, rate)
        parts.append((start, cut))
        start = cut
    parts.append((start, len(samples)))
    return [Part(a / rate, b / rate, samples[a:b]) for a, b in parts]


def _quietest(samples: NDArray[np.float32], first: int, rate: int) -> int:
    """The middle of the quietest stretch from `first` on."""
    step, width = round(_STEP * rate), round(_PAUSE / _STEP)
    later = samples[first : first + (len(samples) - first) // step * step].astype(np.float64)
    power = np.square(later).reshape(-1, step).sum(1)  # (steps,)
    return first + step * (int(np.convolve(power, np.ones(width), "valid").argmin()) + width // 2)


def write_heard(heard: Sequence[NDArray[np.float32]]) -> list[str]:
    """The texts of several recordings, of what the encoder heard at each place.

    Args:
        heard: as `heard_places` returned them, ``(places, 384)`` each.
    """
    vocabulary = packaged_vocabulary()
    length = torch.tensor([len(one) for one in heard])
    padded = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(one).float() for one in heard], batch_first=True)
    decoder, silence = whisper.packaged_decoder(), whisper.silent_places()
    tokens = write_down(decoder, padded, length, silence, vocabulary.refused, vocabulary.refused_first)
    return [" ".join(vocabulary.decode(text).split()) for text in tokens]


def transcribe_parts(parts: Sequence[Part]) -> list[str]:
    """The text of each part."""
    return write_heard([heard_places(part.samples) for part in parts])
