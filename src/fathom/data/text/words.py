"""Text as a sequence of words, and words as numbers.

    "It's FINE — 3½ stars!"  ─tokenize─►  it's fine — 31⁄2 stars !  ─Words.encode─►  int32 (length,)

Text is brought to one form (Unicode NFKC, lower case, curly apostrophes straight), then cut into words, single marks
and single ideographs. A word that the training split has often enough has a number of its own; all others share a few
numbers by their hash, and so does a word that was never seen: it is read as a rare word and not as nothing.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

PADDING = 0
"""Number of what is no word: batches are padded with it."""
SHARED_NUMBERS = 64
"""Numbers that the rare and the unknown words share."""

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+(?:'[^\W{_IDEOGRAPHS}]+)*|[^\w\s]")


def normalize(text: str) -> str:
    """The text in one form: Unicode NFKC, lower case, straight apostrophes, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'").split())


def tokenize(text: str) -> list[str]:
    """The words and marks of a text in one form.

    >>> tokenize("It’s FINE, isn't it?")
    ["it's", 'fine', ',', "isn't", 'it', '?']
    """
    return _WORD.findall(normalize(text))


def shorten(tokens: Sequence[str], longest: int) -> list[str]:
    """At most that many tokens: of longer texts the first quarter of them, and the end for the rest.

    What a text is about stands at its beginning, what its writer thinks of it at its end (Sun et al. 2019, *How to
    fine-tune BERT for text classification*, §5.3.1, who kept the head and the tail as well).
    """
    if len(tokens) <= longest:
        return list(tokens)
    head = longest // 4
    return [*tokens[:head], *tokens[len(tokens) - (longest - head) :]]


def learn_words(texts: Iterable[Sequence[str]], *, most: int, at_least: int) -> list[str]:
    """The words of tokenized texts that occur often enough, the most frequent first.

    Args:
        texts: of the training split.
        most: words that are kept at most.
        at_least: occurrences that a word needs.
    """
    counts = Counter(word for text in texts for word in text)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [word for word, n in ranked[:most] if n >= at_least]


class Words:
    """Numbers of words: 0 padding, then `SHARED_NUMBERS` by hash for the rare and unknown, then the known ones.

    Args:
        known: the words that have numbers of their own.
    """

    def __init__(self, known: Sequence[str]) -> None:
        self._numbers = {word: i for i, word in enumerate(known, 1 + SHARED_NUMBERS)}

    def __len__(self) -> int:
        """How many numbers there are, padding included."""
        return 1 + SHARED_NUMBERS + len(self._numbers)

    def encode(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """The number of each token: ``(length,)``."""
        return np.array([self._numbers.get(t) or 1 + zlib.crc32(t.encode()) % SHARED_NUMBERS for t in tokens], np.int32)
