"""When a word was said, in places of the net, in seconds, and in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fathom.data.audio.noise import colored_noise, scale_to_decibels
from fathom.data.audio.spectrogram import HOP_SECONDS

PLACE = 4 * HOP_SECONDS
"""Seconds to a place of the net."""
ON = 0.5
"""Seconds for which the label is on after the word."""
SHORTEST = 3
"""Places for which the net must be sure, at least."""
MIN_BACKGROUND_DB = -40.0
"""Least power of the background against that of the words, in decibels."""


def with_tail(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """A recording to which half a second of noise is added: a word at its very end is heard as well.

    Args:
        samples: ``(samples,)``.
        rate: samples a second.
    """
    after = colored_noise(round(ON * rate), np.random.default_rng(len(samples)))
    level = 10 * np.log10(np.mean(samples**2)) + MIN_BACKGROUND_DB
    return np.concatenate([samples, scale_to_decibels(after, level)])


def beginnings(sure: NDArray[np.bool_]) -> list[float]:
    """When each stretch begins in which the net is sure for long enough, in seconds.

    >>> beginnings(np.array([0, 1, 1, 1, 1, 0, 0, 1, 0], bool))
    [0.04]
    """
    edges = np.diff(np.concatenate([[0], sure.astype(np.int8), [0]]))
    stretches = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    return [float(a * PLACE) for a, b in stretches if b - a >= SHORTEST]


def format_times(seconds: Sequence[float]) -> str:
    """Times as a target or a prediction has them: ``"1.25 3.90"``."""
    return " ".join(f"{s:.2f}" for s in seconds)


def told_times(times: str) -> str:
    """Times in words, as a person reads them."""
    found = times.split()
    return "heard at " + ", ".join(f"{t} s" for t in found) if found else "not heard"
