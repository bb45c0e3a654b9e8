"""Which texts, recordings and rows are copies of each other, though they are not the same to the byte.

*Texts*: the same letters and digits, whatever the case, the spaces and the signs; and longer ones that share nearly all
their sequences of five characters (Broder 1997), compared exactly, as a product of sparse matrices.

*Recordings*: brought to one rate, one channel and one loudness, and to a picture of 24 moments by 20 bands, in which
another rate, another format or another volume changes little. Candidates are those whose pictures point the same way
once what all recordings share is taken off; a candidate is a copy if the differences from moment to moment agree.

*Rows*: the same values, numbers to four digits, words whatever their case and spaces.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.audio import waveform
from fathom.data.audio.spectrogram import log_mel
from fathom.errors import FathomError, TooLarge, Unreadable
from fathom.records import Example

Pair = tuple[str, str]
Floats = NDArray[np.float32]

MIN_SHINGLED_LENGTH = 40
"""Characters from which on a text is compared by its sequences; shorter ones are alike by chance."""
MIN_TEXT_COSINE = 0.85
"""Least cosine of the sequences of two copies."""
MAX_TEXTS = 50_000
RATE, BANDS, MOMENTS = 5500, 20, 24
MAX_SECONDS = 600.0
"""Of a recording that is heard; a longer one would fill memory, and is seldom one example."""
MIN_CANDIDATE_COSINE, MIN_SOUND_CORRELATION = 0.88, 0.96
"""Least cosine of what two recordings have beyond all others, and least correlation of how two copies change."""
MAX_LENGTH_DIFFERENCE = 0.03
"""Copies are equally long, up to this share."""
MIN_FRACTIONS = 2
"""Numbers with fractions that a row must have, for it to be no copy by chance."""
_BLOCK = 1024
_SIGNS = re.compile(r"[\W_]+")


def texts(examples: Sequence[Example], advance: Callable[[int], None]) -> list[Pair]:
    """Pairs of texts that are copies."""
    plain = [_SIGNS.sub(" ", str(e.input).casefold()).strip() for e in examples]
    pairs = _same(zip((e.id for e in examples), (p if len(p) > 2 else "" for p in plain)), examples)
    first: dict[str, int] = {}
    for i, p in enumerate(plain):
        if len(p) >= MIN_SHINGLED_LENGTH:
            first.setdefault(p, i)
    chosen = list(first.values())[:MAX_TEXTS]
    advance(len(examples))
    if len(chosen) < 2:
        return pairs
    return pairs + [(examples[chosen[i]].id, examples[chosen[j]].id) for i, j in _close([plain[i] for i in chosen])]


def rows(examples: Sequence[Example], advance: Callable[[int], None]) -> list[Pair]:
    """Pairs of rows that are copies though some values are written differently."""
    advance(len(examples))
    return _same(((e.id, _row(e.input)) for e in examples), examples)


def recordings(examples: Sequence[Example], advance: Callable[[int], None]) -> tuple[list[Pair], dict[str, str]]:
    """Pairs of recordings that are copies, and those that cannot be used, which their headers do not say.

    Args:
        examples: recordings; those longer than `MAX_SECONDS` are passed over.
        advance: is told of each that was heard.

    Returns:
        the pairs of ids; and by the id of a recording that cannot be used, why.
    """
    with ThreadPoolExecutor() as pool:
        heard = list(pool.map(lambda e: _heard(e, advance), examples))
    faults = {e.id: one for e, one in zip(examples, heard) if isinstance(one, str)}
    return _copied(examples, [None if isinstance(one, str) else one for one in heard]), faults


def _copied(examples: Sequence[Example], seen: Sequence[tuple[Floats, float] | None]) -> list[Pair]:
    """Pairs that are copies by their pictures and seconds."""
    there = [i for i, one in enumerate(seen) if one is not None]
    if len(there) < 2:
        return []
    shapes = np.stack([seen[i][0] for i in there])  # type: ignore[index]  # (n, moments, bands)
    seconds = np.array([seen[i][1] for i in there])  # type: ignore[index]
    flat = shapes.reshape(len(there), -1)
    flat = flat - flat.mean(0) if len(there) > 20 else flat  # what all recordings share says nothing of two
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    steps = np.diff(shapes, axis=1).reshape(len(there), -1)
    steps = steps - steps.mean(1, keepdims=True)
    steps /= np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-6)
    found = []
    for top in range(0, len(there), _BLOCK):
        cosines = flat[top : top + _BLOCK] @ flat.T
        for i, j in np.argwhere(cosines >= MIN_CANDIDATE_COSINE).tolist():
            a, b = top + i, j
            as_long = abs(seconds[a] - seconds[b]) <= MAX_LENGTH_DIFFERENCE * max(seconds[a], seconds[b])
            if a < b and as_long and float(steps[a] @ steps[b]) >= MIN_SOUND_CORRELATION:
                found.append((examples[there[a]].id, examples[there[b]].id))
    return found


def _same(named: Iterable[tuple[str, Any]], examples: Sequence[Example]) -> list[Pair]:
    """Neighbouring pairs of those with one key, whose content differs."""
    content = {e.id: e.content for e in examples}
    sets: dict[Any, list[str]] = defaultdict(list)
    for name, key in named:
        if key:
            sets[key].append(name)
    pairs = []
    for names in sets.values():
        one = names[0]
        pairs += [(one, name) for name in names[1:] if not content[name] or content[name] != content[one]]
    return pairs


def _close(plain: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of texts that share nearly all their sequences of five characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(5, 5), min_df=1, sublinear_tf=True).fit_transform(plain)
    found = []
    for top in range(0, len(plain), _BLOCK):
        cosines = (vectors[top : top + _BLOCK] @ vectors.T).tocoo()
        close = cosines.data >= MIN_TEXT_COSINE
        found += [(top + i, j) for i, j in zip(cosines.row[close].tolist(), cosines.col[close].tolist()) if top + i < j]
    return found


def _row(given: Any) -> tuple[Any, ...] | None:
    if not isinstance(given, Mapping):
        return None
    key: list[Any] = []
    telling = 0  # fractions: whole numbers and words are the same by chance
    for name in sorted(given):
        value = given[name]
        if isinstance(value, float | int) and not isinstance(value, bool):
            key.append((name, f"{value:.4g}"))
            telling += value != round(value)
        elif value is not None:
            key.append((name, " ".join(str(value).casefold().split())))
    return tuple(key) if telling >= MIN_FRACTIONS else None


def _heard(example: Example, advance: Callable[[int], None]) -> tuple[Floats, float] | str | None:
    """The picture of a recording ``(moments, bands)``, and its seconds; why it cannot be used; None: not compared."""
    try:
        if not isinstance(example.input, Path | str) or not waveform.is_recording(example.input):
            return None
        samples = waveform.decode(Path(example.input), RATE, MAX_SECONDS)
    except TooLarge:  # too long to be compared, not to be used
        return None
    except Unreadable as error:
        return str(error)
    except (FathomError, OSError):
        return None
    finally:
        advance(1)
    loud = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    if loud < 1e-5 or len(samples) < RATE // 10:
        return None
    mel = log_mel((samples / loud).astype(np.float32), RATE, BANDS, floor=1e-3)  # (frames, bands)
    edges = np.linspace(0, len(mel), MOMENTS + 1)
    cumulated = np.concatenate([np.zeros((1, BANDS)), np.cumsum(mel, 0)])
    at = np.array([np.interp(edges, np.arange(len(cumulated)), column) for column in cumulated.T]).T
    shape = np.diff(at, axis=0) / np.diff(edges)[:, None]
    return (shape - shape.mean()).astype(np.float32), len(samples) / RATE
