"""How often each class was seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fathom.training.health.signals import Signals


def counts_by_class(signals: Signals) -> dict[str, int]:
    """How often each class was seen, by its number in words."""
    counts: dict[str, int] = {}
    for snapshot in signals.snapshots:
        for name, n in (snapshot.labels.counts if snapshot.labels else {}).items():
            counts[name] = counts.get(name, 0) + n
    return counts


def label_counts(signals: Signals) -> NDArray[np.float64]:
    """How often each class was seen, the most frequent first: (classes,); empty where the loss chooses none."""
    if signals.loss_kind not in ("cross-entropy", "binary") or signals.output_mismatch:
        return np.zeros(0)
    return np.array(sorted(counts_by_class(signals).values(), reverse=True), np.float64)
