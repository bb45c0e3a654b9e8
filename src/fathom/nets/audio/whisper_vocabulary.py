"""Tokens of the packaged Whisper: pieces of words as bytes, and those that it must not write.

The vocabulary is GPT-2's, by pairs of bytes: a text is cut into its bytes, and the pair that makes the earliest piece
of the vocabulary is joined, again and again. The file has a piece a line, each byte as a letter that can be printed.

Reference: Sennrich, Haddow & Birch 2016; Radford et al. 2019, *Language Models are Unsupervised Multitask Learners*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from fathom.errors import MissingExtra
from fathom.nets.audio.ctranslate2_file import read_known
from fathom.nets.audio.whisper import model_folder

END, START, SILENT, NO_TIMES = 50256, 50257, 50361, 50362
"""Tokens that end a text, begin it, say that nobody speaks, and that no times are to be written."""
_VOCABULARY = "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"
_CONFIG = "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"
"""SHA-256 of the files."""
_WORDS = re.compile(r"'(?:s|t|re|ve|m|ll|d)\b| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
"""Within these pieces of a text are joined, never across; as GPT-2 has them."""


class Vocabulary:
    """From texts to tokens and back.

    Args:
        lines: the pieces, each byte as a letter; tokens from `END` on are no text.
        refused: tokens that are never written: signs of what is no speech, and languages.
        refused_first: more that no text begins with.
    """

    def __init__(self, lines: Sequence[str], refused: Sequence[int], refused_first: Sequence[int]) -> None:
        byte = {letter: b for b, letter in enumerate(_letters())}
        self.pieces = [bytes(byte[letter] for letter in line) for line in lines[:END]]
        self.number = {piece: i for i, piece in enumerate(self.pieces)}
        self.refused, self.refused_first = tuple(refused), tuple(refused_first)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text that tokens stand for; those that are no text are left out."""
        return b"".join(self.pieces[t] for t in tokens if t < END).decode("utf-8", "replace")

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        return [t for word in _WORDS.findall(text) for t in self._joined(word.encode())]

    def _joined(self, word: bytes) -> list[int]:
        parts, never = [word[i : i + 1] for i in range(len(word))], len(self.number)
        while len(parts) > 1:
            ranks = [self.number.get(a + b, never) for a, b in pairwise(parts)]
            if (least := min(ranks)) == never:
                break
            i = ranks.index(least)
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return [self.number[part] for part in parts]


def _letters() -> list[str]:
    """The letter of each byte: itself where it can be printed, else one from 256 on."""
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(b if b in shown else next(others)) for b in range(256)]


@lru_cache(maxsize=1)
def packaged_vocabulary() -> Vocabulary:
    """The one of the packaged model; one for the process.

    Raises:
        MissingExtra: the package is not installed.
        UserError: a file is not the one that is known.
    """
    folder = model_folder()
    if folder is None:
        raise MissingExtra("writing down what is said", "audio")
    lines = read_known(folder / "vocabulary.txt", _VOCABULARY).decode("utf-8").split("\n")
    config = json.loads(read_known(folder / "config.json", _CONFIG))
    return Vocabulary(lines, config["suppress_ids"], config["suppress_ids_begin"])
