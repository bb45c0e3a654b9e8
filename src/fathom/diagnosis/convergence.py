"""What the course of training tells: did it diverge, did it stop too early?

Of six epochs and more the trend of dev tells. Of fewer it is told by what cannot be otherwise yet: the training loss
fell by a good part with the last epoch, dev is at its best, and the net makes nearly as many mistakes on train as on
dev, so that it has not begun to learn by heart. ``benchmarks/coach/lengths.py`` counts how often three times the epochs
then bring more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from fathom.diagnosis.intervals import by_split, interval
from fathom.finding_kinds import FindingKind, Role
from fathom.metrics import Metric
from fathom.number_format import significant
from fathom.records import Finding

DIVERGED = FindingKind(
    name="diverged",
    severity="problem",
    lesson="learning-rate",
    meaning="The loss is not a finite number any more. A step was so large that the weights overflowed.",
    advice="Divide the learning rate by 10, add a warm-up, or clip the gradient (--grad-clip 1).",
)
STILL_IMPROVING = FindingKind(
    name="still_improving",
    severity="note",
    lesson="training-longer",
    meaning="The dev error was still falling when the training ended.",
    advice="Train for more epochs, with a schedule that lowers the learning rate towards the end.",
    role=Role.ERROR,
)

MIN_EPOCHS_OF_TREND = 6
"""With fewer epochs there is no trend yet."""

MIN_LOSS_FALL, MIN_TRAIN_TO_DEV, MIN_DEV_ERROR = 0.2, 0.5, 0.03
"""Of fewer: share by which the training loss fell with the last epoch; what train's mistakes must be of dev's; and the
least error of dev.
"""

ANNEALED_SHARE = 0.5
"""A learning rate below this share of its peak has come down: the end was planned."""

MIN_METRIC_FALL = 0.03
"""The dev figure must have fallen by this share over the last part."""


def check(history: Sequence[Mapping[str, Any]], frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Look at the epochs in order, and at what came out; silent where the trend is not clear."""
    return diverged(history) or still_improving(history) or hardly_begun(history, frame, metric)


def diverged(history: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Find the first epoch whose loss is no finite number."""
    for row in history:
        for name in ("train_loss", "dev_loss"):
            value = row.get(name)
            lost = name in row and value is None  # JSON has no NaN and keeps null
            if lost or (value is not None and not math.isfinite(value)):
                title = f"{name.replace('_', ' ')} is not finite in epoch {row.get('epoch', '?')}"
                return [DIVERGED.found(title, {"epoch": row.get("epoch"), "step": row.get("step")})]
    return []


def still_improving(history: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """See whether dev was clearly still falling at the end, at a learning rate that had not come down."""
    if len(history) < MIN_EPOCHS_OF_TREND:
        return []
    rates = [row.get("lr") for row in history]
    known = [float(rate) for rate in rates if rate is not None]
    if len(known) < len(rates) or known[-1] < ANNEALED_SHARE * max(known):
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
    if last[-1] > last.min() or fall < MIN_METRIC_FALL * abs(last[0]) or fall <= 0 or slope > -5 * error:
        return []
    fell = f"from {significant(last[0])} to {significant(last[-1])}"
    title = f"{name.replace('_', ' ')} still fell {fell} in the last {len(last)} epochs"
    return [STILL_IMPROVING.found(title, {"slope": slope, "standard_error": error, "epochs": len(last)})]


def hardly_begun(history: Sequence[Mapping[str, Any]], frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """See whether the last of a few epochs still brought much, and nothing is learned by heart yet."""
    if not 2 <= len(history) < MIN_EPOCHS_OF_TREND or not metric.is_rate:
        return []
    losses, curve = ([float(row.get(name) or math.nan) for row in history] for name in ("train_loss", "dev_metric"))
    if not np.isfinite([*losses, *curve]).all() or curve[-1] > min(curve):
        return []  # where a net came trained, its epoch 0 has no training loss: what it can still learn is not seen so
    parts = by_split(frame)
    if not {"train", "dev"} <= set(parts):
        return []
    train, dev = (interval(parts[name], metric).value for name in ("train", "dev"))
    fall = 1 - losses[-1] / losses[-2] if losses[-2] > 0 else 0.0
    if fall < MIN_LOSS_FALL or train < MIN_TRAIN_TO_DEV * dev or dev < MIN_DEV_ERROR:
        return []
    title = (
        f"after only {len(history)} epochs: in the last one the training loss fell by {100 * fall:.0f} %, and train "
        f"({metric.show(train)}) is not far below dev ({metric.show(dev)})"
    )
    return [STILL_IMPROVING.found(title, {"fall": fall, "epochs": len(history), "train": train, "dev": dev})]
