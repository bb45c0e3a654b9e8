"""From logits to what is drawn: of tokens one, by temperature, top-k and top-p; of keys all that sound together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError

TRIES = 100
"""Chords that are drawn at most, until one has a usual number of notes."""


def check(temperature: float, top_k: int, top_p: float) -> None:
    """Refuse what is out of range.

    Raises:
        UserError: says which, and what is possible.
    """
    if not (math.isfinite(temperature) and temperature >= 0):
        raise UserError(f"`temperature={temperature}` is out of range: give 0 or more, such as 0.8")
    if top_k < 0:
        raise UserError(f"`top_k={top_k}` is out of range: give 0 for all, or how many may be drawn")
    if not 0 < top_p <= 1:
        raise UserError(f"`top_p={top_p}` is out of range: give more than 0 and at most 1")


def probabilities(logits: NDArray, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> NDArray[np.float64]:
    """The probability with which each token is drawn, in this order: temperature, top-k, top-p, each made to sum to 1.

    Args:
        logits: ``(vocabulary,)``; ``-inf`` is never drawn.
        temperature: the logits are divided by it; 0 takes the likeliest.
        top_k: only so many of the likeliest are kept; 0 keeps all.
        top_p: the fewest of the likeliest that together have this probability are kept (Holtzman et al. 2020).
    """
    x = np.asarray(logits, np.float64)
    order = np.argsort(-x, kind="stable")
    if temperature == 0:
        return np.eye(len(x))[order[0]]
    p = np.exp((x - x.max()) / temperature)
    p /= p.sum()
    if top_k:
        p[order[top_k:]] = 0
        p /= p.sum()
    if top_p < 1:
        enough = np.cumsum(p[order]) >= top_p
        p[order[int(np.argmax(enough)) + 1 :]] = 0
    return p / p.sum()


def drawn_keys(
    logits: NDArray, temperature: float, voices: Sequence[int], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Keys drawn one by one, ``(88,)``: the first of `TRIES` chords with a usual number of notes, else the last.

    Since each key is drawn for itself, chords would have too few or too many notes now and then.

    Args:
        logits: of each key, ``(88,)``.
        temperature: the logits are divided by it; 0 takes the keys that rather sound than not.
        voices: the usual numbers of notes, the fewest and the most.
        random: draws.
    """
    x = np.asarray(logits, np.float64)
    if temperature == 0:
        return (x > 0).astype(np.uint8)
    sounding = 1 / (1 + np.exp(-np.clip(x / temperature, -700, 700)))
    drawn = random.random((TRIES, len(x))) < sounding  # (tries, 88)
    notes = drawn.sum(1)
    usual = np.flatnonzero((notes >= voices[0]) & (notes <= voices[1]))
    return drawn[usual[0] if len(usual) else -1].astype(np.uint8)
