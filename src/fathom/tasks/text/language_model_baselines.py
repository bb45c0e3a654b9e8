"""What simple models make of text: how often each token occurs, and interpolated n-grams.

Each longer context is mixed with the next shorter one by the rule of Witten & Bell (1991, *The zero-frequency
problem*): a context that was seen n times, with t different tokens after it, trusts itself by n / (n + t).
The shortest is mixed with equal chances, so that nothing is impossible.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fathom.nets.text.ngrams import longest_order
from fathom.records import Baseline

ORDER = 5
"""Tokens of the longest n-gram, with the one that is predicted."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class WittenBell:
    """Interpolated n-grams.

    Args:
        train: sequences of tokens, each beginning with one that is context alone.
        vocabulary: how many tokens there are.
        order: of the longest n-gram; shorter where so many tokens would not fit a number of 64 bits.
    """

    def __init__(self, train: Sequence[Ints], vocabulary: int, order: int = ORDER) -> None:
        self.vocabulary = vocabulary
        self.order = longest_order(vocabulary, order)
        codes = self._codes(train)
        self.tables = []
        for k in range(self.order):
            grams, counts = np.unique(codes[k], return_counts=True)
            contexts, start = np.unique(grams // vocabulary, return_index=True)
            types = np.diff(np.append(start, len(grams)))
            self.tables.append((grams, counts, contexts, np.add.reduceat(counts, start), types))

    def _codes(self, sequences: Sequence[Ints]) -> list[Ints]:
        """For each length 1 … order, the n-gram that ends at each predicted token, as one number: ``(tokens,)``."""
        if not sequences:
            return [np.zeros(0, np.int64)] * self.order
        lead = self.order - 1
        padded = [np.concatenate([np.repeat(s[:1], lead), s[1:]]).astype(np.int64) for s in sequences]
        stream = np.concatenate(padded)
        real = np.concatenate([np.arange(len(s)) >= lead for s in padded])
        codes, code, scale = [], np.zeros(len(stream), np.int64), 1
        for k in range(self.order):
            code = code + scale * np.concatenate([np.zeros(k, np.int64), stream[: len(stream) - k]])
            scale *= self.vocabulary
            codes.append(code[real])
        return codes

    def probability(self, sequences: Sequence[Ints], order: int | None = None) -> Floats:
        """Of each token but the first of each sequence, one after the other: ``(tokens,)``."""
        codes = self._codes(sequences)
        p = np.full(len(codes[0]), 1 / self.vocabulary)
        for code, (grams, counts, contexts, totals, types) in zip(codes[:order], self.tables):
            seen = _looked_up(grams, counts, code)
            total, kinds = (_looked_up(contexts, of, code // self.vocabulary) for of in (totals, types))
            known = total > 0
            p = np.where(known, (seen + kinds * p) / np.where(known, total + kinds, 1), p)
        return p


def _looked_up(keys: Ints, values: Ints, wanted: Ints) -> Ints:
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)


def baselines(train: Sequence[Ints], others: Sequence[Ints], vocabulary: int, running: bool) -> list[Baseline]:
    """Both on the others; what they say of each is its bits per character.

    Args:
        train, others: tokens of each example, the first of which is context alone.
        vocabulary: how many tokens there are.
        running: the examples are consecutive pieces, so that contexts reach over their edges.
    """
    lengths = [len(tokens) - 1 for tokens in others]
    parts = [_joined(train), _joined(others)] if running else [train, others]
    found = []
    for name, order in (("frequency of each character", 1), (f"interpolated {ORDER}-grams of characters", ORDER)):
        began = time.monotonic()
        nats = -np.log(WittenBell(parts[0], vocabulary, order).probability(parts[1]))
        losses = [float(part.sum()) for part in np.split(nats, np.cumsum(lengths)[:-1])]
        bits = [loss / max(n, 1) / float(np.log(2)) for loss, n in zip(losses, lengths, strict=True)]
        found.append(Baseline(name, bits, time.monotonic() - began, losses, [float(n) for n in lengths]))
    return found


def _joined(pieces: Sequence[Ints]) -> list[Ints]:
    return [np.concatenate([pieces[0][:1], *(piece[1:] for piece in pieces)])] if pieces else []
