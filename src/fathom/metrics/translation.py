"""How near a translation is to what was meant: chrF and BLEU as sums that can be added over sentences.

Reference: chrF: Popović 2015; BLEU: Papineni et al. 2002; both as sacrebleu counts them by default (Post 2018).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from fathom.metrics.metric import Metric, Sums

_CHRF_ORDER = 6
"""Longest n-gram of characters in chrF."""
_BLEU_ORDER = 4
"""Longest n-gram of words in BLEU."""
_CHRF_BETA = 2.0
"""How much more recall counts than precision in chrF."""

_CHRF_NEEDS = tuple(f"chr{n}_{what}" for n in range(1, _CHRF_ORDER + 1) for what in ("said", "meant", "hit"))
_BLEU_NEEDS = (
    *(f"bleu{n}_{what}" for n in range(1, _BLEU_ORDER + 1) for what in ("said", "hit")),
    "bleu_said",
    "bleu_meant",
)


def sentence_statistics(said: str, meant: str) -> dict[str, float]:
    """The counts of one sentence that `CHRF` and `BLEU` are made of."""
    counts: dict[str, float] = {}
    letters = ["".join(text.split()) for text in (said, meant)]
    for n in range(1, _CHRF_ORDER + 1):
        a, b = (_count_ngrams(text, n) for text in letters)
        # As sacrebleu does, an order that the reference is too short for does not count.
        counts[f"chr{n}_said"] = float(a.total()) if b else 0.0
        counts[f"chr{n}_meant"] = float(b.total())
        counts[f"chr{n}_hit"] = float((a & b).total())
    words = [tokenize(text) for text in (said, meant)]
    for n in range(1, _BLEU_ORDER + 1):
        a, b = (_count_ngrams(tokens, n) for tokens in words)
        counts[f"bleu{n}_said"], counts[f"bleu{n}_hit"] = float(a.total()), float((a & b).total())
    counts["bleu_said"], counts["bleu_meant"] = float(len(words[0])), float(len(words[1]))
    return counts


def _count_ngrams(items: Sequence[str], n: int) -> Counter:
    """How often each run of n items occurs."""
    return Counter(tuple(items[i : i + n]) for i in range(len(items) - n + 1))


_MARKS = re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])")
_POINT_AFTER = re.compile(r"([^0-9])([.,])")
_POINT_BEFORE = re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")


def tokenize(text: str) -> list[str]:
    """The words and marks of a text, cut as the scorer of the NIST evaluations does (its version 13a)."""
    for entity, mark in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(entity, mark)
    text = _MARKS.sub(r" \1 ", f" {text} ")
    text = _POINT_BEFORE.sub(r" \1 \2", _POINT_AFTER.sub(r"\1 \2 ", text))
    return _DASH.sub(r"\1 \2 ", text).split()


def _chrf(sums: Sums) -> Any:
    """The F of precision and recall, each the mean over the orders that have n-grams at all; in [0, 1]."""
    precision: Any = 0.0
    recall: Any = 0.0
    orders: Any = 0.0
    for n in range(1, _CHRF_ORDER + 1):
        said, meant, hit = (np.asarray(sums[f"chr{n}_{what}"], np.float64) for what in ("said", "meant", "hit"))
        counts = (said > 0) & (meant > 0)
        precision = precision + np.where(counts, hit / np.maximum(said, 1), 0.0)
        recall = recall + np.where(counts, hit / np.maximum(meant, 1), 0.0)
        orders = orders + counts
    some = np.maximum(orders, 1)
    p, r = precision / some, recall / some
    return (1 + _CHRF_BETA**2) * p * r / np.maximum(_CHRF_BETA**2 * p + r, 1e-16)


def _bleu(sums: Sums) -> Any:
    """The geometric mean of the precisions, times the penalty of what is too short; in [0, 1].

    Where no n-gram of an order was hit, the k-th such order counts 1 / 2^k of a hit, as the usual smoothing does.
    """
    logs: Any = 0.0
    halves: Any = 1.0
    for n in range(1, _BLEU_ORDER + 1):
        said, hit = (np.asarray(sums[f"bleu{n}_{what}"], np.float64) for what in ("said", "hit"))
        halves = np.where(hit == 0, halves * 2, halves)
        logs = logs + np.log(np.where(hit == 0, 1 / halves, hit) / np.maximum(said, 1)) / _BLEU_ORDER
    said, meant = (np.asarray(sums[f"bleu_{what}"], np.float64) for what in ("said", "meant"))
    enough = np.asarray(sums[f"bleu{_BLEU_ORDER}_said"]) > 0  # shorter than the longest n-gram: no figure but zero
    short = np.minimum(0.0, 1 - meant / np.maximum(said, 1e-9))
    any_hit = np.asarray(sums["bleu1_hit"]) > 0
    return np.where(enough & any_hit, np.exp(short + logs), 0.0)


CHRF = Metric("chrF", _CHRF_NEEDS, _chrf, percent=True)
"""F-score of runs of one to six letters (higher is better)."""

BLEU = Metric("BLEU", _BLEU_NEEDS, _bleu, percent=True)
"""Precision of runs of one to four words (higher is better)."""
