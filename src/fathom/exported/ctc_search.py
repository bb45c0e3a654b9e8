"""How the places of a net that hears letters become text (connectionist temporal classification).

Each place in time says a symbol or the blank, number 0; repeated symbols are one, and blanks separate.

Reference: Graves, Fernández, Gomez & Schmidhuber 2006.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

BLANK = 0


def greedy_decode(best: Sequence[int]) -> list[int]:
    """The symbols that a sequence of likeliest ones says: repetitions are one, blanks are none."""
    return [s for i, s in enumerate(best) if s != BLANK and (i == 0 or s != best[i - 1])]


Prior = Callable[[tuple[int, ...]], NDArray[np.floating]]
"""What a language model gives each symbol after those said: ``(symbols,)``, added to the logarithms."""


def beam_decode(logs: NDArray[np.floating], beam: int, prior: Prior | None = None) -> list[int]:
    """The likeliest text, summed over all ways to say it, by prefix beam search (Hannun, Maas, Jurafsky & Ng 2014).

    Args:
        logs: ``(places, symbols)`` natural logarithms of probabilities.
        beam: beginnings that are kept at each place.
        prior: of a language model of characters; it is asked for each new symbol.
    """

    def liked(text: tuple[int, ...], symbol: int) -> float:
        return 0.0 if prior is None else float(prior(text)[symbol])

    kept: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}  # ends in a blank, ends in a symbol
    likely = min(logs.shape[1], max(beam, 2))
    for row in logs.astype(np.float64):
        found: dict[tuple[int, ...], tuple[float, float]] = {}

        def add(text: tuple[int, ...], blank: float, symbol: float, found: dict = found) -> None:
            old = found.get(text, (-math.inf, -math.inf))
            found[text] = (float(np.logaddexp(old[0], blank)), float(np.logaddexp(old[1], symbol)))

        for text, (blank, symbol) in kept.items():
            both = float(np.logaddexp(blank, symbol))
            for s in np.argsort(-row)[:likely].tolist():
                if s == BLANK:
                    add(text, both + row[s], -math.inf)
                elif text and s == text[-1]:
                    add(text, -math.inf, symbol + row[s])
                    add((*text, s), -math.inf, blank + row[s] + liked(text, s))
                else:
                    add((*text, s), -math.inf, both + row[s] + liked(text, s))
        best = sorted(found.items(), key=lambda item: -float(np.logaddexp(*item[1])))
        kept = dict(best[:beam])
    return list(max(kept.items(), key=lambda item: float(np.logaddexp(*item[1])))[0])


def said_text(
    logits: NDArray[np.floating], characters: Sequence[str], beam: int = 1, prior: Prior | None = None
) -> str:
    """The text of one recording: of the likeliest symbol of each place, or with a wider beam the likeliest text.

    Args:
        logits: ``(places, symbols)``, those of the recording alone.
        characters: symbol number i is ``characters[i - 1]``.
        beam: beginnings that are kept.
        prior: of a language model of characters.
    """
    if beam == 1:
        found = greedy_decode(logits.argmax(1).tolist())
    else:
        shifted = logits - logits.max(1, keepdims=True)
        found = beam_decode(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)), beam, prior)
    return " ".join("".join(characters[i - 1] for i in found).split())
