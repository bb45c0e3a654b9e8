"""How far a step moves the weights, as a share of their size.

A healthy step changes a weight matrix by about a thousandth of its size, give or take a power of ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fathom.training.health.analysis.selection import later_snapshots
from fathom.training.health.signals import Signals, Snapshot

MIN_HEALTHY_UPDATE = 1e-3
"""A step that changes the matrices by less than this share of their size creeps …"""

MIN_HEALTHY_UPDATE_PRETRAINED = 1e-5
"""… and by less than this, where they had been trained before."""


def creeps(signals: Signals, size: float) -> bool:
    """Whether steps that change the weights by this share of their size are too small for anything to be learned.

    Args:
        signals: of the training, which say whether its weights had been trained before.
        size: as `largest_update` gives it.
    """
    return size < (MIN_HEALTHY_UPDATE_PRETRAINED if signals.pretrained else MIN_HEALTHY_UPDATE)


def typical_update(signals: Signals) -> float:
    """The median over snapshots of the median layer's change by one step, relative to its size; NaN where not measured.

    Nor is it of a net of one layer: its weights may begin at 0, and stay small rightly.
    """
    return _typical(signals.snapshots)


def largest_update(signals: Signals) -> float:
    """The median over snapshots of the largest change of a layer: a net creeps only where all of it creeps."""
    largest = [max(sizes) for snapshot in signals.snapshots if (sizes := _updates(snapshot))]
    return float(np.median(largest)) if largest else math.nan


def late_update(signals: Signals) -> float:
    """The same over the later snapshots."""
    return _typical(later_snapshots(signals))


def _typical(snapshots: Sequence[Snapshot]) -> float:
    medians = [median_update(snapshot) for snapshot in snapshots if len(_updates(snapshot)) > 1]
    return float(np.median(medians)) if medians else math.nan


def median_update(snapshot: Snapshot) -> float:
    """The change of the median layer by one step, relative to its size; NaN where not measured."""
    sizes = _updates(snapshot)
    return float(np.median(sizes)) if sizes else math.nan


def _updates(snapshot: Snapshot) -> list[float]:
    return [layer.relative_update for layer in snapshot.layers if math.isfinite(layer.relative_update)]
