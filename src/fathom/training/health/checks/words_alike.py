"""Texts of which most words are one and the same."""

from __future__ import annotations

import math
from collections import Counter
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SHARE = 0.5
"""Of the words that fill nothing up, on the median of the first snapshots."""

MIN_SNAPSHOTS = 3
"""That must show it."""


class WordsAlike(Check):
    """More than half of the words are the same, as those that a vocabulary does not know."""

    name: ClassVar[str] = "words_alike"
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "Most words were turned into the same number, as unknown words are. In a language even the most "
        "frequent word is only one in ten or twenty, so most of the text is lost."
    )
    advice: ClassVar[str] = (
        "Print ten texts as the numbers that the net gets. Build the vocabulary from train, with the same "
        "preparation (lower case, punctuation, tokenizer)."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "labels_unrelated", "stagnating_loss")

    def run(self, signals: Signals) -> Detection | None:
        """The share on the first snapshots."""
        seen = [one.top_word for one in signals.snapshots if math.isfinite(one.top_word[1])]
        if len(seen) < MIN_SNAPSHOTS:
            return None
        word = Counter(word for word, _ in seen).most_common(1)[0][0]
        share = float(np.median([share if one == word else 0.0 for one, share in seen]))
        if not share > MIN_SHARE:
            return None
        title = f"{100 * share:.0f} % of the words are the same number, {word}: unknown words?"
        return Detection(title, {"word": word, "share": share, "looks": len(seen)})
