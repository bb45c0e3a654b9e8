"""What the course of training tells: did it diverge, did it stop too early?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fathom.diagnosis.registry import finding
from fathom.records import Finding

FEWEST = 6
"""With fewer epochs nothing is said of the trend."""

ANNEALED = 0.5
"""A learning rate below this share of its peak has come down: the end was planned."""

FALL = 0.03
"""The dev figure must have fallen by this share over the last part."""


def check(history: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Look at the epochs in order; silent where the trend is not clear."""
    return diverged(history) or still_improving(history)


def diverged(history: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Find the first epoch whose loss is no finite number."""
    for row in history:
        for name in ("train_loss", "dev_loss"):
            value = row.get(name)
            lost = name == "train_loss" and name in row and value is None  # JSON has no NaN and keeps null
            if lost or (value is not None and not math.isfinite(value)):
                title = f"{name.replace('_', ' ')} became no finite number in epoch {row.get('epoch', '?')}"
                return [finding("diverged", title, {"epoch": row.get("epoch"), "step": row.get("step")})]
    return []


def still_improving(history: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """See whether dev was clearly still falling at the end, at a learning rate that had not come down."""
    if len(history) < FEWEST:
        return []
    rates = [row.get("lr") for row in history]
    known = [float(rate) for rate in rates if rate is not None]
    if len(known) < len(rates) or known[-1] < ANNEALED * max(known):
        return []
    name = "dev_metric" if all(row.get("dev_metric") is not None for row in history) else "dev_loss"
    curve = [row.get(name) for row in history]
    if any(value is None for value in curve):
        return []
    last = np.array(curve[-max(5, len(curve) // 3) :], dtype=np.float64)
    x = np.arange(len(last)) - (len(last) - 1) / 2
    slope = float((x * last).sum() / (x * x).sum())
    rest = last - last.mean() - slope * x
    error = math.sqrt(float((rest**2).sum()) / (len(last) - 2) / float((x * x).sum()))
    fall = -slope * (len(last) - 1)
    if last[-1] > last.min() or fall < FALL * abs(last[0]) or fall <= 0 or slope > -5 * error:
        return []
    title = f"{name.replace('_', ' ')} still fell from {last[0]:.4g} to {last[-1]:.4g} in the last {len(last)} epochs"
    return [finding("still_improving", title, {"slope": slope, "standard_error": error, "epochs": len(last)})]
