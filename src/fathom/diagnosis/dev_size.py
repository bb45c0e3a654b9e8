"""Is dev large enough to tell a better net from a worse one?"""

from __future__ import annotations

import polars as pl

from fathom.diagnosis.intervals import interval
from fathom.finding_kinds import FindingKind, Role
from fathom.metrics import Metric
from fathom.records import Finding

DEV_TOO_SMALL = FindingKind(
    name="dev_too_small",
    severity="warning",
    lesson="train-dev-test",
    meaning="Dev has so few examples that its figure cannot tell a better net from a worse one.",
    advice="Move more examples to dev, collect more, or compare nets over several splits and seeds.",
    role=Role.NOTHING_WRONG,
    rank=5,
)

MAX_HALF_WIDTH = 0.05
"""Half the width that the interval of a rate may have: ±5 points."""


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Speak up when the interval of dev's rate is wider than ±5 points."""
    dev = frame.filter(pl.col("split") == "dev")
    if dev.is_empty() or not metric.is_rate:
        return []
    bounds = interval(dev, metric)
    half = (bounds.high - bounds.low) / 2
    if half <= MAX_HALF_WIDTH:
        return []
    title = f"dev has {dev.height:,} examples: differences under {100 * half:.0f} points cannot be seen"
    return [DEV_TOO_SMALL.found(title, {"dev": bounds, "examples": dev.height, "half_width": half})]
