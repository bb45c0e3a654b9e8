"""The weights of the classes in a weighted cross-entropy."""

from __future__ import annotations

import math

import numpy as np

from fathom.training.health.analysis.loss_assumptions import is_weighted
from fathom.training.health.signals import Signals


def class_weights(signals: Signals) -> dict[str, float]:
    """How much an example of each class counts, the mean example of a batch being 1; nothing where that is not known.

    Args:
        signals: of one training.
    """
    if signals.loss_kind not in ("cross-entropy", "binary") or not is_weighted(signals):
        return {}
    seen: dict[str, list[float]] = {}
    for snapshot in signals.snapshots:
        for name, weight in (snapshot.labels.weights if snapshot.labels else {}).items():
            if weight > 0 and math.isfinite(weight):
                seen.setdefault(name, []).append(weight)
    return {name: float(np.median(weights)) for name, weights in seen.items()}
