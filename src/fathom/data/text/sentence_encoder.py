"""From the words of a sentence to numbers, as a run has learned them; without the net that is given these."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fathom.data.text.word_shape import word_shape
from fathom.data.text.wordpiece import WordPieces
from fathom.errors import Unreadable

UNKNOWN = 1
"""Number of every word and letter that is not known; those that are begin at 2."""
LETTERS = 20
"""Letters of a word that are looked at: of longer words the first ten and the last ten."""
LONGEST = 512
"""Words of a sentence at most; a longer one is skipped and listed."""
WORD_PIECES = 8
"""Pieces of a word that the packaged encoder reads at most."""
MOST_PIECES = 510
"""Pieces of a sentence at most: the encoder has 512 positions, of which the marks of both ends take two."""


class SentenceEncoder:
    """The words that are known, and their letters.

    Args:
        words: lower-case words with a number of their own, from 2 on.
        letters: letters with a number of their own, from 2 on.
        pieces: of words, where the net reads these.
    """

    def __init__(self, words: Sequence[str], letters: Sequence[str], pieces: WordPieces | None = None) -> None:
        self._words = {word: i for i, word in enumerate(words, 2)}
        self._letters = {letter: i for i, letter in enumerate(letters, 2)}
        self._pieces = pieces

    def encode(self, words: Sequence[str]) -> dict[str, NDArray]:
        """``words`` (words,) int32 and ``letters`` (words, LETTERS) int16.

        In place of ``words`` the packaged encoder is given ``pieces`` (pieces,) int32, the word that each is of, from 1
        on, ``owners`` (pieces,) int16, and ``shape`` (words, features) uint8.

        Raises:
            Unreadable: it has too many words.
        """
        if len(words) > LONGEST:
            raise Unreadable(f"too long ({len(words)} words, where {LONGEST} are the most)")
        letters = np.zeros((len(words), LETTERS), np.int16)
        for row, word in zip(letters, words, strict=True):
            short = word if len(word) <= LETTERS else word[: LETTERS // 2] + word[-LETTERS // 2 :]
            row[: len(short)] = [self._letters.get(c, UNKNOWN) for c in short]
        if self._pieces is not None:
            return {**self._in_pieces(words, self._pieces), "letters": letters}
        own = np.array([self._words.get(w.lower(), UNKNOWN) for w in words], np.int32)
        return {"words": own, "letters": letters}

    def _in_pieces(self, words: Sequence[str], pieces: WordPieces) -> dict[str, NDArray]:
        """The pieces of each word, fewer of each where the sentence has too many."""
        cut, most = [pieces.cut(word) or ["[UNK]"] for word in words], WORD_PIECES
        while most > 1 and sum(min(len(own), most) for own in cut) > MOST_PIECES:
            most -= 1
        cut = [own[:most] for own in cut][:MOST_PIECES]
        owners = np.repeat(np.arange(1, len(cut) + 1), [len(own) for own in cut])
        return {
            "pieces": pieces.encode([piece for own in cut for piece in own]),
            "owners": np.pad(owners, 1).astype(np.int16),
            "shape": np.stack([word_shape(word) for word in words]),
        }


def words_of(text: str) -> tuple[str, ...]:
    """The words of a sentence, parted by blanks, and the marks before and after each by themselves.

    >>> words_of('"Rome," she said')
    ('"', 'Rome', ',', '"', 'she', 'said')
    """
    return tuple(part for word in text.split() for part in _marks_apart(word))


def _marks_apart(word: str) -> list[str]:
    """A word and the marks before and after it, one by one."""
    core = word.strip("\"'()[]{}.,;:!?")
    if not core:
        return list(word)
    before, _, after = word.partition(core)
    return [*before, core, *after]
