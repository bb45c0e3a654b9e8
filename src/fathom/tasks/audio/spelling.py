"""What letter comes after these: a small language model that helps a search for words.

An interpolated n-gram model of characters, learned from text of the user's own beside the transcripts. A transcript is
spelled by what was heard and by what is usual: the logarithms are added, the model's with a weight, and each letter has
a bonus, since else short texts would win.

Reference: Hannun, Maas, Jurafsky & Ng 2014, *First-pass large vocabulary continuous speech recognition*.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fathom.tasks.text.language_model_baselines import WittenBell

EDGE = 0
"""Begins and ends each line."""


class Spelling:
    """The model, for the symbols of one net.

    Args:
        lines: what it is learned from, in characters that the net knows.
        characters: number i of the net's symbols is ``characters[i - 1]``.
        weight: of the logarithm of its probability.
        bonus: of each letter, in nats.
    """

    def __init__(self, lines: Sequence[str], characters: Sequence[str], weight: float, bonus: float) -> None:
        number = {c: i for i, c in enumerate(characters, 1)}
        known = [[number[c] for c in line if c in number] for line in lines]
        self.symbols, self.weight, self.bonus = len(characters) + 1, weight, bonus
        self.grams = WittenBell([np.array([EDGE, *line, EDGE]) for line in known], self.symbols)
        self._after = lru_cache(100_000)(self._asked)

    def __call__(self, said: tuple[int, ...]) -> NDArray[np.float64]:
        """What each symbol gains after those said: ``(symbols,)``."""
        return self._after(said[-(self.grams.order - 1) :], len(said) < self.grams.order)

    def _asked(self, last: tuple[int, ...], begins: bool) -> NDArray[np.float64]:
        before = [EDGE, *last] if begins else list(last)
        each = [np.array([*before, s]) for s in range(self.symbols)]
        p = self.grams.probability(each)[len(before) - 1 :: len(before)]  # of the last of each
        return self.weight * np.log(p) + self.bonus
