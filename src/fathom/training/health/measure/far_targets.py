"""Targets, or columns of a table, of which a few numbers lie far from all others, with nothing between."""

from __future__ import annotations

import math

import torch
from torch import Tensor

MIN_ROWS, MAX_ROWS = 12, 512
"""Of a batch."""

NEAR, FAR = 8.0, 12.0
"""Deviations from the middle up to which numbers are usual, and from which on they are far."""

MAX_SHARE = 0.25
"""Of the rows, that may be far: what is more is a kind of its own."""

MIN_MIXED = 50.0
"""Deviations by which numbers of another unit lie away: a thousand times as large, or a hundred."""

NORMAL = 1.349
"""Distance of the quartiles of a normal distribution, in its standard deviations."""


def far_targets(y: Tensor) -> tuple[float, float, float, float]:
    """Of targets (rows,), how a few lie far from all others.

    Returns:
        The share that is far; the share that is neither usual nor far; the least distance of one that is far, in
        deviations as the quartiles show them; and the value, where all these are one and the same. NaN where there are
        none or that is not known.
    """
    none = (0.0, 0.0, math.nan, math.nan)
    y = y.detach().reshape(-1)[:MAX_ROWS].double()
    if len(y) < MIN_ROWS:
        return none
    ordered = y.sort().values
    low, middle, high = (ordered[round(share * (len(y) - 1))] for share in (0.25, 0.5, 0.75))
    spread = (high - low) / NORMAL
    away = (y - middle).abs()
    far = away > FAR * spread
    between = (away > NEAR * spread) & ~far
    numbers = torch.stack([spread, far.double().mean(), between.double().mean(), away[far].sum() / far.sum()])
    wide, share, halfway, _ = numbers.tolist()
    if not wide > 0 or not 0 < share <= MAX_SHARE:
        return none[0], halfway if wide > 0 else 0.0, math.nan, math.nan
    values, least = y[far], float(away[far].min()) / wide
    same = float(values.max() - values.min()) <= 1e-3 * float(values.abs().max())
    return share, halfway, least, float(values[0]) if same and len(values) > 0 else math.nan


def far_columns(x: Tensor) -> list[float]:
    """Of each column of a table (rows, columns) the share of rows that are far; -1 where some lie between."""
    if len(x) < MIN_ROWS:
        return [0.0] * x.shape[1]
    ordered = x.sort(0).values
    low, middle, high = (ordered[round(share * (len(x) - 1))] for share in (0.25, 0.5, 0.75))
    away = (x - middle).abs() * (NORMAL / (high - low))  # (rows, columns); of columns mostly of one value no number
    share, between = (away > MIN_MIXED).float().mean(0), ((away > NEAR) & (away <= MIN_MIXED)).any(0)
    found = torch.where(between | (share > MAX_SHARE), -1.0, share)
    return torch.where(high > low, found, 0.0).tolist()
