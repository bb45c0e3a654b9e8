"""Does the net say the same to everybody, or nothing?

A tagger that finds no entity, a recognizer that writes nothing, a detector without a box, a translator with one
sentence for all: each has a figure that looks like a bad net's, and is no net at all. Classes and numbers have the
constant answer of their baseline for this (`fathom.diagnosis.baseline`).
"""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from fathom.finding_kinds import FindingKind
from fathom.metrics import Metric, Predicts
from fathom.records import Finding

SAME_ANSWER = FindingKind(
    name="same_answer",
    severity="problem",
    lesson="baselines",
    meaning="The net gives almost the same answer to every input.",
    advice="Check that it can fit a few examples. Then train for longer, or lower the learning rate.",
    unlearned=True,
)

MIN_DEV_EXAMPLES = 20
"""Of fewer nothing is said."""
NEARLY_ALL = 0.95
"""Share of the answers from which on they are called the same."""
ALIKE = 0.8
"""Share of the targets that may be the same for it to be wrong that the answers are."""
SHOWN = 40
"""Characters of an answer that are shown."""


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Tell where nearly all answers on dev are one, and the targets are not.

    Args:
        frame: results, a row an example.
        metric: by which they are judged.

    Returns:
        one finding, or none; of classes and numbers none.
    """
    if metric.predicts in (Predicts.CLASS, Predicts.NUMBER) or "prediction" not in frame.columns:
        return []
    dev = frame.filter((pl.col("split") == "dev") & pl.col("prediction").is_not_null())
    if dev.height < MIN_DEV_EXAMPLES or not {dev[c].dtype for c in ("target", "prediction")} <= {pl.String}:
        return []
    answer, count = Counter(map(_said, dev["prediction"])).most_common(1)[0]
    same_target = Counter(map(_said, dev["target"])).most_common(1)[0][1]
    if count < NEARLY_ALL * dev.height or same_target > ALIKE * dev.height:
        return []
    shown = f"'{answer if len(answer) <= SHOWN else answer[:SHOWN] + ' …'}'" if answer else "nothing"
    title = f"the net answers {shown} to {count:,} of {dev.height:,} dev examples"
    return [SAME_ANSWER.found(title, {"answer": answer, "count": count, "examples": dev.height})]


def _said(text: str) -> str:
    """What an answer says, however often: the words in it, so that a sentence of O O O and one of O O say the same."""
    return " ".join(dict.fromkeys(re.findall(r"[^\s\[\]{},\"]+", text)))
