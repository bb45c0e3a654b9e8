"""Is there a class that the net has given up?"""

from __future__ import annotations

import json
from collections import Counter

import polars as pl

from fathom.finding_kinds import FindingKind
from fathom.metrics import Metric, Predicts
from fathom.records import Finding

NEVER_PREDICTED = FindingKind(
    name="never_predicted",
    severity="warning",
    lesson="class-imbalance",
    meaning=(
        "The net never answers this class. It is rare, or similar to another class, and ignoring it costs "
        "the loss little."
    ),
    advice=(
        "Look at its examples first. Then add more of them, or give the class a larger weight "
        "(--class-weight-power 0.5)."
    ),
    rank=2,
    unlearned=True,
)

MIN_CLASS_EXAMPLES = 5
"""A class of which dev has fewer is not spoken of: chance may leave it out."""
MIN_CONFIDENCE = 0.05
"""Confidence from which a box counts as said."""


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Name classes that dev has and no prediction on dev names; of other tasks than classes and boxes nothing."""
    dev = frame.filter(pl.col("split") == "dev")
    if dev.is_empty() or not (metric.is_classification_error or metric.predicts is Predicts.BOXES):
        return []
    if metric.is_classification_error:
        meant = Counter(map(str, dev["target"].to_list()))
        said = set(map(str, dev["prediction"].to_list()))
        shown = {name: f"'{name}'" for name in meant}
    else:
        meant = Counter(str(int(row[0])) for text in dev["target"] for row in json.loads(text) if not row[5])
        said = {str(int(row[0])) for text in dev["prediction"] for row in json.loads(text) if row[1] >= MIN_CONFIDENCE}
        shown = {name: f"number {name}" for name in meant}
    never = {name: n for name, n in meant.items() if n >= MIN_CLASS_EXAMPLES and name not in said}
    if not never or len(meant) < 2:
        return []
    told = ", ".join(f"{shown[name]} ({n:,} in dev)" for name, n in sorted(never.items(), key=lambda p: -p[1])[:5])
    title = f"{len(never)} of {len(meant)} classes {'is' if len(never) == 1 else 'are'} never predicted: {told}"
    return [NEVER_PREDICTED.found(title, {"classes": sorted(never), "counts": never})]
