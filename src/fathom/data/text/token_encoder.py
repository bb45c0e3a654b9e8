"""From a text to the numbers of its characters, or of its pieces of words, as a language model has learned them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.text.subwords import Subwords
from fathom.data.text.text_file import file_or_text
from fathom.errors import UserError
from fathom.number_format import significant

BREAK = "\n"
"""Begins and ends a line that stands alone; in running text it is a character like others."""
UNKNOWN = 0
"""The number of every character that the training text has not; before a piece of text, of what cannot be known."""


class TokenEncoder:
    """The tokens that are known.

    Args:
        characters: of the training text, in order; the first has number 1.
        pieces: of words, as JSON; empty where tokens are characters.
        running: texts are pieces of a running text, and no lines that stand alone.
    """

    def __init__(self, characters: str, pieces: Mapping[str, Any], running: bool) -> None:
        self.characters, self.running = characters, running
        self._known = {character: i for i, character in enumerate(characters, 1)}
        self._state = pieces

    @cached_property
    def subwords(self) -> Subwords | None:
        """The pieces of words, where tokens are these."""
        return Subwords.restore(self._state) if self._state else None

    @property
    def vocabulary(self) -> int:
        """How many tokens there are, with the unknown one."""
        return (len(self.subwords) if self.subwords else len(self.characters)) + 1

    @property
    def _kind(self) -> type[np.unsignedinteger | np.signedinteger]:
        """The smallest kind of number that holds a token."""
        return np.uint8 if self.vocabulary <= 2**8 else np.int16 if self.vocabulary <= 2**15 else np.int32

    def judged(self, text: str) -> str:
        """What of a text has to be said: a line with its end; of running text all but the first character."""
        return text[1:] if self.running else f"{text}{BREAK}"

    def encode(self, text: str) -> NDArray:
        """The context that a text begins from, and the tokens that are judged: ``(T + 1,)``, uint8, int16 or int32."""
        if not self.running:
            first = self.numbers(BREAK)
        else:  # the character before a piece of running text, which is no piece of words
            first = np.zeros(1, self._kind) if self._state else self.numbers(text[:1])
        return np.concatenate([first, self.numbers(self.judged(text))])

    def numbers(self, text: str) -> NDArray:
        """The numbers of a text's tokens."""
        if self.subwords:
            return np.array(self.subwords.encode(text), self._kind) + self._kind(1)
        return self.letters(text).astype(self._kind)

    def letters(self, text: str) -> NDArray[np.int64]:
        """The numbers of a text's characters."""
        return np.array([self._known.get(character, UNKNOWN) for character in text], np.int64)

    def check_prompt(self, prompt: str, length: int) -> None:
        """Refuse a beginning that cannot be written on.

        Raises:
            UserError: it has characters that are not known, or the length is out of range.
        """
        if length < 1:
            raise UserError(f"`length={length}` is out of range: give 1 or more characters")
        if unknown := sorted(set(prompt) - set(self.characters)) if not self._state else []:
            raise UserError(f"the prompt has {unknown[0]!r}, which the training text has not: leave it out")


def told_bits(bits: float) -> str:
    """How well a text is known, as a person reads it.

    >>> told_bits(2.5)
    '2.5 bits per character'
    """
    return f"{significant(bits, 6, thousands='')} bits per character"


def asked_text(text: str, running: bool) -> str:
    """A text that somebody gives, as those of training are: a line, or running text that begins after a line break.

    Args:
        text: the path of a file, or the text itself.
        running: the net has learned running text.

    Raises:
        Unreadable: the file holds no text.
        UserError: the text is empty, or a mistyped path.
    """
    held = file_or_text(text)
    if not held.strip(BREAK):
        raise UserError("the text is empty: give some characters")
    return BREAK + held if running else held.strip()
