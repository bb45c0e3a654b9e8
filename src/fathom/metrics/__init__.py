"""Metrics as functions of additive statistics.

Each example keeps sufficient statistics (right or wrong, squared error, …); a metric turns their *sums* into the one
figure. So a metric of any slice, split or bootstrap sample is a sum and one function call, and F1, BLEU or word error
rate, which are no means over examples, are exact too.
"""

from __future__ import annotations

import math

import numpy as np

from fathom.metrics.detection import MAP50_MISSED
from fathom.metrics.labels import LABELS_MISSED
from fathom.metrics.metric import Metric, Predicts, Sums
from fathom.metrics.translation import BLEU, CHRF
from fathom.metrics.verification import AUC_MISSED

__all__ = [
    "AUC_MISSED",
    "BITS_PER_CHARACTER",
    "BLEU",
    "CHARACTER_ERROR_RATE",
    "CHRF",
    "CHRF_MISSED",
    "COST",
    "ENTITY_F1",
    "ENTITY_F1_MISSED",
    "ERROR",
    "EVENT_F1",
    "EVENT_F1_MISSED",
    "LABELS_MISSED",
    "MAE",
    "MAE_IN_RANKS",
    "MAP50_MISSED",
    "METRICS",
    "NATS_PER_EVENT", "NATS_PER_STEP",
    "NOT_EXACT",
    "PERPLEXITY",
    "RMSE",
    "TAG_ERROR",
    "WORD_ERROR_RATE",
    "Metric",
    "Predicts",
    "Sums",
]  # fmt: skip

ERROR = Metric(
    "error", ("wrong", "count"), lambda s: s["wrong"] / s["count"],
    is_rate=True, percent=True, predicts=Predicts.CLASS, rejudges=True,
)  # fmt: skip
"""Share of examples classified wrongly."""

COST = Metric(
    "cost-weighted error", ("cost", "most"), lambda s: s["cost"] / s["most"],
    percent=True, beside=(ERROR,), predicts=Predicts.CLASS,
)  # fmt: skip
"""What the mistakes cost, as a share of what they could have cost: where some mistakes are worse than others."""

MAE_IN_RANKS = Metric(
    "mae in ranks", ("ranks", "count"), lambda s: s["ranks"] / s["count"], beside=(ERROR,), predicts=Predicts.CLASS
)
"""Mean absolute error of classes that have an order: by how many ranks they are missed."""

RMSE = Metric(
    "rmse", ("squared", "count"), lambda s: np.sqrt(s["squared"] / s["count"]), predicts=Predicts.NUMBER, rejudges=True
)
"""Root of the mean squared error, in the units of the target."""

MAE = Metric(
    "mae", ("absolute", "count"), lambda s: s["absolute"] / s["count"], beside=(RMSE,), predicts=Predicts.NUMBER
)
"""Mean absolute error, in the units of the target."""

NATS_PER_STEP = Metric("nats per step", ("nats", "steps"), lambda s: s["nats"] / s["steps"])
"""Negative log-likelihood of a time step, in nats."""

NATS_PER_EVENT = Metric("nats per event", ("nats", "events"), lambda s: s["nats"] / s["events"])
"""Negative log-likelihood of a note with its time and duration, in nats."""

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
    short="cer",
)
"""As the word error rate, letter by letter."""

WORD_ERROR_RATE = Metric(
    "word error rate",
    ("edits", "words"),
    lambda s: s["edits"] / s["words"],
    percent=True,
    beside=(CHARACTER_ERROR_RATE,),
    short="wer",
)
"""Words that must be put in, taken out or replaced, as a share of those that were said."""

ENTITY_F1 = Metric(
    "entity F1",
    ("hits", "found", "meant"),
    lambda s: 2 * s["hits"] / np.maximum(s["found"] + s["meant"], 1),
    percent=True,
    short="f1",
)
"""Harmonic mean of the shares of found entities that are meant, and of meant ones that are found (higher is better)."""

ENTITY_F1_MISSED = Metric(
    "missed entity F1", ENTITY_F1.needs, lambda s: 1 - ENTITY_F1.of(s), percent=True, beside=(ENTITY_F1,),
    complement_of=ENTITY_F1.name,
    short="f1",
)  # fmt: skip
"""What is missing to an entity F1 of 1: like every metric that judges, lower is better."""

EVENT_F1 = Metric(
    "event F1",
    ("event_hits", "events_found", "events_meant"),
    lambda s: (2 * s["event_hits"] + 1e-9) / (s["events_found"] + s["events_meant"] + 1e-9),
    percent=True,
    short="f1",
)
"""Harmonic mean of the shares of told events that happened, and of those that happened that were told (higher is
better); 1 where nothing happened and nothing was told."""

EVENT_F1_MISSED = Metric(
    "missed event F1", EVENT_F1.needs, lambda s: 1 - EVENT_F1.of(s), percent=True, beside=(EVENT_F1,),
    complement_of=EVENT_F1.name,
    short="f1",
)  # fmt: skip
"""What is missing to an event F1 of 1."""

TAG_ERROR = Metric("tag error", ("wrong_tags", "tags"), lambda s: s["wrong_tags"] / s["tags"], percent=True)
"""Share of words tagged wrongly; no rate of independent examples, since the words of a sentence belong together."""

NOT_EXACT = Metric("exact-match error", ERROR.needs, ERROR.of, is_rate=True, percent=True)
"""Share of texts that are not, letter by letter, what was meant."""

CHRF_MISSED = Metric(
    "missed chrF", CHRF.needs, lambda s: 1 - CHRF.of(s), percent=True, beside=(CHRF, BLEU), complement_of=CHRF.name
)
"""What is missing to a chrF of 100 %: like every metric that judges, lower is better."""

_ALL = (
    ERROR, COST, MAE_IN_RANKS,
    RMSE, NATS_PER_STEP, NATS_PER_EVENT, BITS_PER_CHARACTER, WORD_ERROR_RATE, ENTITY_F1_MISSED, EVENT_F1_MISSED,
    TAG_ERROR, NOT_EXACT, CHRF_MISSED, MAP50_MISSED, AUC_MISSED, MAE,
    LABELS_MISSED,
)  # fmt: skip
METRICS = {metric.name: metric for metric in _ALL}
