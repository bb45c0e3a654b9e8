"""From what a tagger says of each word to the tags of a sentence, and these as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fathom.data.text.conll import entity_spans


def best_tags(emissions: NDArray[np.floating], scores: NDArray[np.floating]) -> list[int]:
    """The likeliest tags of one sentence, by Viterbi's algorithm, as `fathom.nets.text.crf.CRF` finds them.

    Args:
        emissions: ``(words, tags)``.
        scores: of a tag (row) that is followed by one (column), ``(tags + 1, tags + 1)``; the last row is of those that
            begin, the last column of those that end a sentence.
    """
    n = len(scores) - 1
    seen, came = scores[n, :n] + emissions[0], []
    for own in emissions[1:]:
        value = seen[:, None] + scores[:n, :n]
        came.append(value.argmax(0))
        seen = value.max(0) + own
    path = [int((seen + scores[:n, n]).argmax())]
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    return path[::-1]


def has_entities(tags: Sequence[str]) -> bool:
    """Whether the tags are those of entities."""
    return any(tag[:2] in ("B-", "I-") for tag in tags)


def told_tags(words: list[str], tags: Sequence[str], entities: bool) -> str:
    """The sentence with its entities in brackets, or each word with its tag."""
    if not entities:
        return " ".join(f"{word}/{tag}" for word, tag in zip(words, tags, strict=True))
    for kind, start, end in entity_spans(tags):
        words[start] = f"[{words[start]}"
        words[end - 1] = f"{words[end - 1]}]{kind}"
    return " ".join(words)
