"""The program for sentences whose words have tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.files import is_file
from fathom.data.text import conll
from fathom.data.text.sentence_encoder import SentenceEncoder, words_of
from fathom.data.text.text_file import file_lines, refuse_missing_file
from fathom.data.text.wordpiece import WordPieces
from fathom.declared_options import Source
from fathom.errors import Unreadable, UserError
from fathom.exported.batches import Arrays
from fathom.exported.program import Answer, Program
from fathom.exported.tag_chains import best_tags, has_entities, told_tags


class Tags(Program):
    """A tag for each word."""

    def __init__(self, about: Mapping[str, Any]) -> None:
        super().__init__(about)
        pieces = WordPieces(about["pieces"]) if self.encoder.get("cuts") else None
        self._encoder = SentenceEncoder(self.encoder["words"], self.encoder["letters"], pieces)
        self.ragged = ("pieces", "owners", "letters", "shape", "said") if pieces else ("words", "letters", "said")
        self._scores = np.array(about["transitions"], np.float32)

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """The sentences of a file, in columns or one a line, or the sentence itself."""
        for name, words in self._sentences(text):
            try:
                yield name, {**self._encoder.encode(words), "said": np.array(words, object)}
            except Unreadable as error:
                yield name, str(error)

    def _sentences(self, text: str) -> Iterator[tuple[str, Sequence[str]]]:
        if not is_file(text):
            refuse_missing_file(text)
            if not (words := words_of(text)):
                raise UserError("the sentence is empty: give some words")
            yield text[:60], words
        elif conll.is_conll(Path(text)):
            yield from ((e.id, e.input) for e in conll.read_sentences(Source(text, Path(text))).items)
        else:
            yield from ((name, words_of(line)) for name, line in file_lines(text, "a file of sentences"))

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The likeliest tags, parted by blanks; shown are the entities in brackets, or each word with its tag."""
        tags, answers = self.encoder["tags"], []
        for emissions, words, count in zip(outputs[0], batch["said"], batch["said_length"].tolist(), strict=True):
            said = [tags[i] for i in best_tags(emissions[:count], self._scores)]
            answers.append(Answer(" ".join(said), told_tags(words[:count].tolist(), said, has_entities(tags))))
        return answers
