"""Whether words are as frequent when the net is asked as they are when it is trained.

A vocabulary that was made anew for dev gives each word another number. Nothing else of it can be seen: the numbers are
of the same range, and none of them is wrong by itself.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from torch import Tensor

from fathom.training.health.measure.padding import filled_up
from fathom.training.health.signals import Signals

LEAST_LOOKS, LOOKS = 4, 8
"""Snapshots whose words are counted: two halves, which tell how much frequencies vary by themselves."""

COUNTED = 300
"""The most frequent words of a snapshot that are kept."""

EVALUATIONS = 3
"""The first ones whose words are compared."""

MIN_WORDS, MIN_ROWS = 150, 8
"""That a half must have, and rows of a batch: a net that writes is asked about its own words, few at a time."""


def keep_words(signals: Signals, given: Tensor) -> None:
    """Count the words of a batch that is trained on.

    Args:
        signals: where they are kept, of the first snapshots.
        given: rows of words (batch, time).
    """
    if len(signals.trained_words) < LOOKS:
        counts = _counts(given).most_common(COUNTED)
        signals.trained_words = [*signals.trained_words, [[word, count] for word, count in counts]]


def compare_words(signals: Signals, given: Tensor) -> None:
    """Compare the words of a batch that is judged with those that were trained on.

    Args:
        signals: where the correlations are kept.
        given: the first batch of an evaluation.
    """
    looks = signals.trained_words
    if given.ndim != 2 or given.is_floating_point() or len(given) < MIN_ROWS:
        return
    if len(looks) < LEAST_LOOKS or len(signals.word_agreement) >= EVALUATIONS:
        return
    trained = [Counter[int](), Counter[int]()]
    for i, look in enumerate(looks):
        trained[i % 2].update(dict(look))  # type: ignore[arg-type]
    judged = [_counts(given[::2]), _counts(given[1::2])]
    if min(half.total() for half in (*judged, *trained)) < MIN_WORDS:
        return
    words = sorted(set().union(*trained))
    halves = [[_shares(half, words) for half in both] for both in (trained, judged)]
    within = [_correlation(*both) for both in halves]
    across = _correlation(*(first + second for first, second in halves))
    signals.word_agreement = [*signals.word_agreement, [*within, across, float(len(words))]]


def _counts(given: Tensor) -> Counter[int]:
    """How often each word occurs, without those that fill up rows."""
    words, counts = given[~filled_up(given)].unique(return_counts=True)
    return Counter(dict(zip(words.tolist(), counts.tolist(), strict=True)))


def _shares(counts: Counter[int], words: list[int]) -> np.ndarray:
    return np.array([counts[word] for word in words], float) / counts.total()


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's; 0 where one of them does not vary."""
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 0 else 0.0
