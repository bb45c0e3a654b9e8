"""Whether the answers are better than always the most frequent class."""

from __future__ import annotations

import math

import numpy as np

from fathom.training.health.analysis.label_counts import label_counts
from fathom.training.health.signals import Signals


def gain_over_majority_class(signals: Signals) -> tuple[float, int]:
    """By how many standard errors the answers were better than always the most frequent class, and their number.

    NaN where the labels are not known.
    """
    seen = [x.labels for x in signals.snapshots if x.labels and math.isfinite(x.labels.error_rate)]
    counts, n = label_counts(signals), np.array([sum(one.counts.values()) for one in seen], np.float64)
    if not n.sum() or not counts.sum():
        return math.nan, 0
    wrong = float((n * [one.error_rate for one in seen]).sum() / n.sum())
    least = 1 - float(counts[0] / counts.sum())
    return (least - wrong) / math.sqrt(max(1e-9, least * (1 - least)) / n.sum()), int(n.sum())
