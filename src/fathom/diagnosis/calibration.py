"""Is the net right as often as it is confident? The numbers of a reliability diagram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fathom.diagnosis.intervals import wilson
from fathom.records import Interval


@dataclass(frozen=True)
class Bin:
    """The examples whose confidence lies between two bounds: how sure the net was, how often it was right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: Interval


@dataclass(frozen=True)
class Calibration:
    """The bins that have examples, and the expected calibration error: their mean distance, weighted by count."""

    bins: list[Bin]
    ece: float


def calibration(frame: pl.DataFrame, bins: int = 10) -> Calibration | None:
    """Sort the examples into bins of equal width by confidence; None where there is no confidence."""
    if "stat_wrong" not in frame.columns or "confidence" not in frame.columns:
        return None
    known = frame.filter(pl.col("confidence").is_not_null() & pl.col("confidence").cast(pl.Float64).is_finite())
    if known.is_empty():
        return None
    confidence = known["confidence"].cast(pl.Float64).to_numpy()
    right = known["stat_wrong"].to_numpy() == 0
    index = np.clip((confidence * bins).astype(int), 0, bins - 1)
    made = []
    for i in np.unique(index):
        here = index == i
        count = int(here.sum())
        accuracy = wilson(float(right[here].sum()), count)
        made.append(Bin(float(i / bins), float((i + 1) / bins), count, float(confidence[here].mean()), accuracy))
    ece = sum(b.count * abs(b.accuracy.value - b.confidence) for b in made) / known.height
    return Calibration(made, float(ece))
