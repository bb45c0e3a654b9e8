"""What a piano roll can be guessed from without a net: how often each key sounds, and what followed such chords before.

The n-gram model counts, for each key, how often it sounded after the same key did or did not (a Markov chain per key),
after the same chord, and after the same two chords. Each longer context is mixed with the shorter one as if that had
been seen `PRIOR` times (MacKay & Peto 1995, *A hierarchical Dirichlet language model*), so that a chord never seen
before leaves what the keys alone say.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fathom.data.music.piano_roll import KEYS, Roll, chord_name, roll_to_chords
from fathom.records import Baseline

PRIOR = 3.0
"""How many times the shorter context counts as seen in the longer one."""
START = np.zeros((1, KEYS), np.uint8)

Probabilities = NDArray[np.float64]
"""Of each key at each time step, ``(steps, 88)``."""


def nats(probabilities: Probabilities, roll: Roll) -> float:
    """Negative log-likelihood of a roll: 88 Bernoullis a step, summed over the steps."""
    return float(-np.log(np.where(roll > 0, probabilities, 1 - probabilities)).sum())


class Frequencies:
    """Each key sounds as often as it does in the training split, whatever went before (one is added to each count)."""

    def __init__(self, train: Sequence[Roll]) -> None:
        every = np.concatenate(train)
        self.p = (every.sum(0) + 1.0) / (len(every) + 2.0)  # (88,)

    def __call__(self, roll: Roll) -> Probabilities:
        """Probabilities of every step of a piece, and of the one after it: ``(steps + 1, 88)``."""
        return np.tile(self.p, (len(roll) + 1, 1))


class NGrams:
    """Interpolated n-grams of chords, over a Markov chain for each key."""

    def __init__(self, train: Sequence[Roll]) -> None:
        self.frequency = Frequencies(train).p
        sounded, followed = np.zeros((2, KEYS)), np.zeros((2, KEYS))
        for roll in train:
            before = np.concatenate([START, roll[:-1]])
            for on in (0, 1):
                sounded[on] += (before == on).sum(0)
                followed[on] += ((before == on) & (roll > 0)).sum(0)
        self.markov = (followed + PRIOR * self.frequency) / (sounded + PRIOR)  # (2, 88)
        self.seen: tuple[dict[bytes, NDArray[np.float64]], ...] = ({}, {})
        for roll in train:
            for i, contexts in enumerate(_contexts(roll)[:-1]):
                for table, context in zip(self.seen, contexts, strict=True):
                    counts = table.setdefault(context, np.zeros(KEYS + 1))
                    counts[:KEYS] += roll[i]
                    counts[KEYS] += 1

    def __call__(self, roll: Roll) -> Probabilities:
        """Probabilities of every step of a piece, and of the one after it: ``(steps + 1, 88)``."""
        before = np.concatenate([START, roll])
        found = np.where(before > 0, self.markov[1], self.markov[0])  # (steps + 1, 88)
        for i, contexts in enumerate(_contexts(roll)):
            for table, context in zip(self.seen, contexts, strict=True):
                if (counts := table.get(context)) is not None:
                    found[i] = (counts[:KEYS] + PRIOR * found[i]) / (counts[KEYS] + PRIOR)
        return found


def _contexts(roll: Roll) -> list[tuple[bytes, bytes]]:
    """Before each step, and after the last: the last chord, and the last two."""
    chords = [b"start", b"start", *(step.tobytes() for step in np.packbits(roll, axis=1))]
    return [(chords[i + 1], chords[i] + chords[i + 1]) for i in range(len(roll) + 1)]


def baselines(train: Sequence[Roll], others: Sequence[Roll]) -> list[Baseline]:
    """Both, on the other pieces; they predict what comes after each."""
    found = []
    for name, kind in (("frequency of each key", Frequencies), ("interpolated n-grams of chords", NGrams)):
        began = time.monotonic()
        model: Frequencies | NGrams = kind(train)
        guesses = [model(roll) for roll in others]
        found.append(
            Baseline(
                name,
                [chord_name(roll_to_chords(p[-1:] > 0.5)[0]) for p in guesses],
                time.monotonic() - began,
                losses=[nats(p[:-1], roll) for p, roll in zip(guesses, others, strict=True)],
                weights=[float(len(roll)) for roll in others],
            )
        )
    return found
