"""Is dev large enough to tell a better net from a worse one?"""

from __future__ import annotations

import polars as pl

from fathom.diagnosis.intervals import interval
from fathom.diagnosis.registry import finding
from fathom.metrics import Metric
from fathom.records import Finding

WIDEST = 0.05
"""Half the width that the interval of a rate may have: ±5 points."""


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Speak up when the interval of dev's rate is wider than ±5 points."""
    dev = frame.filter(pl.col("split") == "dev")
    if dev.is_empty() or not metric.is_rate:
        return []
    bounds = interval(dev, metric)
    half = (bounds.high - bounds.low) / 2
    if half <= WIDEST:
        return []
    title = f"dev has {dev.height:,} examples: differences under {100 * half:.0f} points cannot be seen"
    return [finding("dev_too_small", title, {"dev": bounds, "examples": dev.height, "half_width": half})]
