"""Metrics as functions of additive statistics.

Each example keeps sufficient statistics (right or wrong, squared error, …); a metric turns their *sums* into the one
figure. So a metric of any slice, split or bootstrap sample is a sum and one function call, and F1, BLEU or word error
rate, which are no means over examples, are exact too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Sums = Mapping[str, Any]
"""Name of a statistic → its sum; an array of sums (one per bootstrap sample) works as well."""


@dataclass(frozen=True)
class Metric:
    """The one figure by which a task is judged; lower is better.

    Attributes:
        name: as it is shown: ``"error"``.
        needs: the statistics that it is made of.
        of: sums → figure; takes arrays of sums, elementwise.
        is_rate: whether it is a share of independent right-or-wrong examples, so that Wilson's interval holds.
        percent: whether it is shown as a percentage.
        beside: what is told beside it, and judges nothing.
    """

    name: str
    needs: tuple[str, ...]
    of: Callable[[Sums], Any]
    is_rate: bool = False
    percent: bool = False
    beside: tuple[Metric, ...] = ()

    def show(self, value: float) -> str:
        """The figure as a person reads it: ``"6.5 %"``, ``"0.482"``."""
        return f"{100 * value:.1f} %" if self.percent else f"{value:.4g}"

    def show_range(self, low: float, high: float) -> str:
        """An interval as a person reads it: ``"3.8–11.0"`` (without the sign)."""
        return f"{100 * low:.1f}–{100 * high:.1f}" if self.percent else f"{low:.4g}–{high:.4g}"


ERROR = Metric("error", ("wrong", "count"), lambda s: s["wrong"] / s["count"], is_rate=True, percent=True)
"""Share of examples classified wrongly."""

RMSE = Metric("rmse", ("squared", "count"), lambda s: np.sqrt(s["squared"] / s["count"]))
"""Root of the mean squared error, in the units of the target."""

NATS_PER_STEP = Metric("nats per step", ("nats", "steps"), lambda s: s["nats"] / s["steps"])
"""Negative log-likelihood of a time step, in nats."""

PERPLEXITY = Metric("perplexity", ("nats", "characters"), lambda s: np.exp(s["nats"] / s["characters"]))
"""Among how many characters the net might as well have guessed evenly."""

BITS_PER_CHARACTER = Metric(
    "bits per character",
    ("nats", "characters"),
    lambda s: s["nats"] / s["characters"] / math.log(2),
    beside=(PERPLEXITY,),
)
"""Negative log-likelihood of a character, in bits; two to this power is the perplexity."""

CHARACTER_ERROR_RATE = Metric(
    "character error rate",
    ("character_edits", "characters"),
    lambda s: s["character_edits"] / s["characters"],
    percent=True,
)
"""As the word error rate, letter by letter."""

WORD_ERROR_RATE = Metric(
    "word error rate",
    ("edits", "words"),
    lambda s: s["edits"] / s["words"],
    percent=True,
    beside=(CHARACTER_ERROR_RATE,),
)
"""Words that must be put in, taken out or replaced, as a share of those that were said."""

ENTITY_F1 = Metric(
    "entity F1",
    ("hits", "found", "meant"),
    lambda s: 2 * s["hits"] / np.maximum(s["found"] + s["meant"], 1),
    percent=True,
)
"""Harmonic mean of the shares of found entities that are meant, and of meant ones that are found (higher is better)."""

ENTITY_F1_MISSED = Metric(
    "missed entity F1", ENTITY_F1.needs, lambda s: 1 - ENTITY_F1.of(s), percent=True, beside=(ENTITY_F1,)
)
"""What is missing to an entity F1 of 1: like every metric that judges, lower is better."""

TAG_ERROR = Metric("tag error", ("wrong_tags", "tags"), lambda s: s["wrong_tags"] / s["tags"], percent=True)
"""Share of words tagged wrongly; no rate of independent examples, since the words of a sentence belong together."""

_ALL = (ERROR, RMSE, NATS_PER_STEP, BITS_PER_CHARACTER, WORD_ERROR_RATE, ENTITY_F1_MISSED, TAG_ERROR)
METRICS = {metric.name: metric for metric in _ALL}
