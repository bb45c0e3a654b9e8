"""How far a step moves the weights, as a share of their size.

A healthy step changes a weight matrix by about a thousandth of its size, give or take a power of ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fathom.training.health.analysis.selection import later_looks
from fathom.training.health.signals import Look, Signals

MIN_HEALTHY_UPDATE = 1e-3
"""A step that changes the matrices by less than this share of their size creeps."""


def typical_update(signals: Signals) -> float:
    """The median over looks of the median layer's change by one step, relative to its size; NaN where not measured.

    Nor is it of a net of one layer: its weights may begin at 0, and stay small rightly.
    """
    return _typical(signals.looks)


def largest_update(signals: Signals) -> float:
    """The median over looks of the largest change of a layer by one step: a net creeps only where all of it creeps."""
    largest = [max(sizes) for look in signals.looks if (sizes := _updates(look))]
    return float(np.median(largest)) if largest else math.nan


def late_update(signals: Signals) -> float:
    """The same over the later looks."""
    return _typical(later_looks(signals))


def _typical(looks: Sequence[Look]) -> float:
    medians = [median_update(look) for look in looks if len(_updates(look)) > 1]
    return float(np.median(medians)) if medians else math.nan


def median_update(look: Look) -> float:
    """The change of the median layer by one step, relative to its size; NaN where not measured."""
    sizes = _updates(look)
    return float(np.median(sizes)) if sizes else math.nan


def _updates(look: Look) -> list[float]:
    return [layer.update for layer in look.layers if math.isfinite(layer.update)]
