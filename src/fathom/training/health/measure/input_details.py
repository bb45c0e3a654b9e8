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

MIN_SERIES = 16
"""Steps of time from which inputs are series."""

MIN_KINDS = 6
"""Different words of a batch."""

MIN_TABLE_ROWS, MIN_TABLE_COLUMNS, MAX_TABLE_COLUMNS = 8, 3, 32
"""Rows and columns of a table; wider ones may be curves, each of which is rightly standardized by itself."""

MAX_OFF, MIN_BETWEEN = 2e-3, 0.5
"""By which such means and deviations may be off, and the variance of the columns' means, of 1 in all."""


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


def word_numbers(words: Tensor) -> tuple[float, float, float]:
    """Of numbers (batch, time) the root of the mean square, the largest, and how neighbours correlate; else NaN."""
    x = words.detach().double()
    if x.shape[1] < 3 or not x.numel():
        return torch.nan, torch.nan, torch.nan
    before, after = x[:, :-1].flatten(), x[:, 1:].flatten()
    before, after = before - before.mean(), after - after.mean()
    power = (before.square().sum() * after.square().sum()).sqrt().clamp(min=1e-12)
    rms, most, correlation = torch.stack([x.square().mean().sqrt(), x.max(), (before * after).sum() / power]).tolist()
    return rms, most, correlation


def most_frequent(given: Tensor) -> tuple[int, float]:
    """The number that comes most often in rows of words (batch, time), and its share; -1 of what are no words."""
    values, counts = given.unique(return_counts=True)
    if given.numel() < MIN_WORDS or len(values) < MIN_KINDS:
        return -1, math.nan
    most = int(counts.argmax())
    return int(values[most]), float(counts[most]) / given.numel()


def is_row_standardized(x: Tensor) -> bool:
    """Whether each row of a table has mean 0 and standard deviation 1, and its columns have means far from 0.

    Args:
        x: (rows, columns).
    """
    if x.ndim != 2 or len(x) < MIN_TABLE_ROWS or not MIN_TABLE_COLUMNS <= x.shape[1] <= MAX_TABLE_COLUMNS:
        return False
    with torch.no_grad():
        x = x.detach().float()
        spreads = x.std(1), x.std(1, correction=0)
        standard = any(float((spread - 1).abs().max()) < MAX_OFF for spread in spreads)
        return standard and float(x.mean(1).abs().max()) < MAX_OFF and float(x.mean(0).var()) > MIN_BETWEEN


def roughness(x: Tensor) -> float:
    """Mean squared difference of neighbours in time by twice the variance: near 0 of what is smooth, 1 of noise.

    Args:
        x: series, (batch, time, channels) or (batch, channels, time), whichever is longer; NaN of other inputs.
    """
    if x.ndim != 3 or max(x.shape[1:]) < MIN_SERIES:
        return math.nan
    axis = 1 if x.shape[1] > x.shape[2] else 2
    x = x - x.mean(axis, keepdim=True)
    power = float(x.square().mean())
    return float(x.diff(dim=axis).square().mean()) / (2 * power) if power > 0 else math.nan
