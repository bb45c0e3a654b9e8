"""What else the inputs of a net show: the colours of pictures, and numbers that stand for what is missing."""

from __future__ import annotations

import math

import torch
from torch import Tensor

CHANNELS = 3
"""Of a coloured picture."""

MIN_SHARE, MAX_SHARE, MIN_TIMES = 0.01, 0.5, 2
"""Of the rows, and times, that a value at the end of a column stands there, to be one for what is missing."""

MIN_GAP = 5.0
"""Standard deviations of all others by which it lies from the nearest of them."""

MIN_VALUES = 6
"""Different values that the others have."""

MIN_WORDS, MIN_DIFFERENT = 100, 20
"""Words of a batch, and different ones among them."""


def channel_means(x: Tensor) -> list[float]:
    """The mean of each channel of pictures (batch, 3, height, width); nothing of other inputs."""
    return x.mean((0, 2, 3)).tolist() if x.ndim == 4 and x.shape[1] == CHANNELS else []


def fillers(x: Tensor) -> tuple[int, tuple[float, float]]:
    """Columns in which a value far from all others comes again and again.

    Args:
        x: a table (rows, columns).

    Returns:
        How many these are, and of the first one the value and its share of the rows.
    """
    found, first = 0, (math.nan, math.nan)
    for ends in (x.amin(0), x.amax(0)):
        at_end = x == ends  # (rows, columns)
        times = at_end.sum(0)
        wanted = (times >= MIN_TIMES) & (times >= MIN_SHARE * len(x)) & (times <= MAX_SHARE * len(x))
        for column in torch.nonzero(wanted).flatten().tolist():
            others = x[~at_end[:, column], column]
            if len(others.unique()) < MIN_VALUES:
                continue
            gap = float((others - ends[column]).abs().min())
            if gap > MIN_GAP * float(others.std()):
                found += 1
                if math.isnan(first[0]):
                    first = (float(ends[column]), float(times[column]) / len(x))
    return found, first


def top_word(given: Tensor, filled: Tensor) -> tuple[int, float]:
    """The word that comes most often, and its share, of those that fill nothing up; -1 of what are no words.

    Args:
        given: the input, (batch, time).
        filled: where rows are filled up, of the same shape.
    """
    words = given[~filled]
    if len(words) < MIN_WORDS:
        return -1, math.nan
    values, counts = words.unique(return_counts=True)
    most = int(counts.argmax())
    return (int(values[most]), float(counts[most]) / len(words)) if len(values) >= MIN_DIFFERENT else (-1, math.nan)
