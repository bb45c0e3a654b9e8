"""The programs for texts with a class, or with several labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fathom.data.files import is_file, is_folder
from fathom.data.text import words
from fathom.data.text.text_file import read_text, refuse_missing_file
from fathom.data.text.wordpiece import WordPieces
from fathom.errors import Unreadable, UserError
from fathom.exported.batches import Arrays
from fathom.exported.classes import say_classes, say_labels
from fathom.exported.program import Answer, Program


class Texts(Program):
    """Base of those that say something of a text as a whole."""

    ragged = ("tokens",)

    def __init__(self, about: Mapping[str, Any]) -> None:
        super().__init__(about)
        pieces = about.get("pieces")
        self._pieces = WordPieces(pieces) if pieces else None
        self._words = words.Words(self.encoder["words"])

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """The texts in a folder or in a file, or the text itself."""
        if is_folder(text):
            paths = sorted(path for path in Path(text).rglob("*.txt") if path.is_file())
            if not paths:
                raise UserError(f"{text} has no .txt files: give a folder that has, or a text")
            for path in paths:
                yield from self._read(str(path), path)
        elif is_file(text):
            yield from self._read(text, Path(text))
        elif not text.strip():
            raise UserError("the text is empty: give some words, or the path of a .txt file")
        else:
            refuse_missing_file(text)
            yield text, self._arrays(text)

    def _read(self, name: str, path: Path) -> Iterator[tuple[str, Arrays | str]]:
        try:
            yield name, self._arrays(read_text(path))
        except Unreadable as error:
            yield name, str(error)

    def _arrays(self, text: str) -> Arrays:
        if self._pieces is not None:
            cut = self._pieces.cut(text)
        else:
            cut = words.tokenize(text) if self.encoder["tokens"] == "words" else list(words.normalize(text))
        tokens = words.shorten(cut, self.encoder["longest"])
        if not tokens:
            raise Unreadable("empty")
        return {"tokens": (self._pieces or self._words).encode(tokens)}


class TextClasses(Texts):
    """Which of several classes is a text of?"""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The class, with the probability of each."""
        return say_classes(outputs[0], self.encoder["classes"], self.about)


class TextLabels(Texts):
    """Which of several labels does a text have?"""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The probability of each label; shown are those of one half and more."""
        return say_labels(outputs[0], self.encoder["classes"])
