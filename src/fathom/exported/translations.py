"""The program of a translator: the net is asked again for each symbol, and beam search chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.files import is_file
from fathom.data.text.subwords import vocabulary_from_state
from fathom.data.text.text_file import file_lines, normalize_line, refuse_missing_file
from fathom.errors import UserError
from fathom.exported.batches import Arrays, log_softmax
from fathom.exported.program import Answer, Ask, Program
from fathom.sequence_symbols import BEGIN, END, FIRST, LENGTH_PENALTY, PADDING, most_symbols


class Translations(Program):
    """Which text is meant by another?"""

    ragged = ("source",)

    def __init__(self, about: Mapping[str, Any]) -> None:
        super().__init__(about)
        self._sources, self._symbols = (vocabulary_from_state(self.encoder[name]) for name in ("words", "symbols"))
        self._longest = int(self.encoder["longest"])

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """The lines of a file, or the text itself."""
        if not is_file(text):
            refuse_missing_file(text)
            if not (tidy := normalize_line(text)):
                raise UserError("the text is empty: give some words")
            yield text[:60], self._arrays(tidy)
            return
        for name, line in file_lines(text, "a file of texts, one a line"):
            yield name, self._arrays(normalize_line(line))

    def _arrays(self, text: str) -> Arrays | str:
        numbers = self._sources.encode(text)
        if not numbers:
            return "empty"
        if len(numbers) > self._longest:
            return f"too long ({len(numbers)} tokens, where {self._longest} are the most)"
        return {"source": np.array(numbers, np.int32) + FIRST}

    def outputs(self, ask: Ask, batch: Arrays) -> Sequence[NDArray[Any]]:
        """The best symbols of each text, ``(batch, T)``, `END` behind those that end before.

        Args:
            ask: gives the logits ``(rows, T, symbols)`` of what follows each symbol of ``said``.
            batch: ``source`` and ``source_length``.
        """
        beam, found = int(self.about["beam"]), []
        for i, length in enumerate(batch["source_length"].tolist()):
            one = {"source": batch["source"][i : i + 1, :length], "source_length": batch["source_length"][i : i + 1]}
            found.append(best_symbols(ask, one, beam, most_symbols(length, self._longest)))
        width = max(len(one) for one in found)
        return [np.array([one + [END] * (width - len(one)) for one in found], np.int64).reshape(len(found), width)]

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The text."""
        texts = [self._symbols.decode([int(s) - FIRST for s in row if s >= FIRST]) for row in outputs[0]]
        return [Answer(text, text) for text in texts]


def best_symbols(ask: Ask, source: Arrays, beam: int, longest: int) -> list[int]:
    """The likeliest symbols for one text, without begin and end, as `fathom.nets.text.beam_search` finds them.

    Args:
        ask: gives the logits ``(rows, T, symbols)`` of what follows each symbol of ``said``.
        source: ``source`` ``(1, S)`` and ``source_length`` ``(1,)``.
        beam: beginnings that are kept.
        longest: symbols at most.
    """
    said = np.full((1, 1), BEGIN, np.int64)
    scores = np.zeros(1)
    for _ in range(longest):
        rows = {name: np.repeat(values, len(said), 0) for name, values in source.items()}
        seen = np.where(said == END, PADDING, said)  # as in training: what has ended says nothing
        logs = _log_probabilities(ask({**rows, "said": seen})[0][:, -1])
        ended = said[:, -1] == END
        logs[ended] = -np.inf
        logs[ended, END] = 0.0  # what has ended stays as it is
        total = (scores[:, None] + logs).ravel()
        chosen = np.argsort(-total, kind="stable")[:beam]
        chosen = chosen[np.isfinite(total[chosen])]
        scores = total[chosen]
        said = np.concatenate([said[chosen // logs.shape[1]], (chosen % logs.shape[1])[:, None]], 1)
        if (said[:, -1] == END).all():
            break
    lengths = ((said != END).sum(1)).clip(min=1)
    return [int(s) for s in said[(scores / lengths**LENGTH_PENALTY).argmax(), 1:] if s != END]


def _log_probabilities(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Of each symbol that may be said, `-inf` of the others: ``(rows, symbols)``."""
    logs = log_softmax(logits)
    logs[:, [PADDING, BEGIN]] = -np.inf
    return logs
