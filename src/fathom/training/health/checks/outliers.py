"""A few targets, or numbers of a column, that lie far from all others, with nothing between.

Such are rows in another unit (some lengths in millimetres, most in metres), a code for what is missing, and the
logarithm of a zero that a small number was added to. A squared error sees nothing but them.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS, MIN_LOOKS_AT_COLUMNS = 4, 2
"""Snapshots on which some are seen: of the targets, and of a column, which is looked at on the first ones only."""

MIN_PART_OF_LOOKS = 0.3
"""Of those that were looked at."""

MAX_SHARE = 0.2
"""Of all targets."""

MIN_MIXED, MIN_REPEATED = 50.0, 15.0
"""Deviations by which several values lie away at least, as in another unit; and by which one that repeats does."""


class Outliers(Check):
    """A few numbers of another size than all others."""

    name: ClassVar[str] = "outliers"
    severity = "warning"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "A few rows are of another size than all others, as in another unit. The loss and the gradients are mostly "
        "theirs, and the net learns little of the rest."
    )
    advice: ClassVar[str] = (
        "Look at these rows. Bring them to the same unit, remove codes for missing values, and take log1p instead of "
        "log(x + 1e-12). If they are right, learn the logarithm, or use a Huber loss."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "targets_not_scaled", "high_learning_rate", "oscillating_loss", "stagnating_loss", "exploding_gradients",
        "diverging_loss", "unfinished", "labels_unrelated", "low_learning_rate", "inputs_not_scaled", "dead_units",
        "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On several snapshots, and never anything between them and the others."""
        return _targets(signals) or _columns(signals)


def _targets(signals: Signals) -> Detection | None:
    """Of a squared or absolute error with one number for each example."""
    if signals.loss_kind != "squared":
        return None
    seen = [one.details.far_targets for one in signals.snapshots if one.targets and one.targets.outputs == 1]
    far = [one for one in seen if one[0] > 0]
    if len(far) < max(MIN_LOOKS, MIN_PART_OF_LOOKS * len(seen)) or any(between for _, between, _, _ in seen):
        return None
    share, least = float(np.mean([one[0] for one in seen])), min(one[2] for one in far)
    values = [one[3] for one in far]
    repeated = all(math.isfinite(v) and abs(v - values[0]) <= 1e-3 * abs(values[0]) for v in values)
    usual = float(np.median([one[2] for one in far]))
    if share > MAX_SHARE or not (usual >= MIN_REPEATED and values[0] != 0 if repeated else least >= MIN_MIXED):
        return None
    which = f"all of them {values[0]:.4g}: a code for missing values, or the logarithm of 0?" if repeated else ""
    title = (
        f"outliers: {100 * share:.2g} % of the targets lie at least {least:,.0f} times as far out as others "
        f"usually do, with none between; {which or 'are they in another unit?'}"
    )
    return Detection(title, {"share": share, "distance": least, "repeated": repeated})


def _columns(signals: Signals) -> Detection | None:
    """Of the net's own input."""
    seen = [one.columns for one in signals.trained_inputs if one.columns]
    if len(seen) < MIN_LOOKS_AT_COLUMNS or len({len(one) for one in seen}) != 1:
        return None
    shares = np.array([[far for _, _, far in one] for one in seen])  # (looks, columns)
    found = ((shares > 0).sum(0) >= MIN_LOOKS_AT_COLUMNS) & (shares >= 0).all(0) & (shares.mean(0) <= MAX_SHARE)
    if not found.any():
        return None
    column = int(np.argmax(found))
    share, many = float(shares[:, column].mean()), int(found.sum())
    others = f" ({many} columns are so)" if many > 1 else ""
    title = (
        f"outliers: {100 * share:.2g} % of the rows have in column {column + 1} of the input a number more than "
        f"{MIN_MIXED:.0f} times as far from the middle as others usually are, with none between{others}: other units?"
    )
    return Detection(title, {"column": column + 1, "share": share, "columns": many})
