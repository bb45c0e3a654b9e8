"""Targets of a size that the net cannot reach in time.

The answers of a net begin at about 1 or less, and a step of Adam moves each weight by about the rate: to answer 350,000
they must grow as many times, and all the while the loss is that of the way there. With plain gradient descent the first
step is that many times too long instead. A net that multiplies its answer by the targets' spread begins where they are.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.diagnosis.convergence import DIVERGED
from fathom.finding_kinds import FindingKind
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step, is_plain
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, TargetStats

MIN_SIZE_RATIO = 50.0
"""Times that the targets are as large as the first answers (or as 1, if those are smaller)."""

MAX_LOSS_SHARE = 0.8
"""Share of the targets' variance that the loss may end at: a net that explains a fifth of it has reached them."""

NO_NEARER_SHARE = 0.5
"""Share of its first that an absolute error ends above: to answer the middle of most targets brings it below that."""

MIN_STEPS = 20
"""Steps that a training is given."""


class TargetsNotScaled(Check):
    """The targets are far larger than any answer of the net, and it has not reached them."""

    name: ClassVar[str] = "targets_not_scaled"
    replaces: ClassVar[tuple[FindingKind, ...]] = (DIVERGED,)
    cause: ClassVar[str] = "targets that are not scaled"
    lesson: ClassVar[str] = "normalizing-inputs"
    meaning: ClassVar[str] = (
        "The targets are far from 0 or very large. Most learning rates then need very long, and others make "
        "the first steps too large."
    )
    advice: ClassVar[str] = (
        "Standardize the targets with mean and standard deviation of train (and undo it in predictions), or "
        "learn their logarithm. Values of about -2 to 2 are good."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "exploding_gradients", "high_learning_rate", "oscillating_loss", "diverging_loss", "low_learning_rate",
        "stagnating_loss", "unfinished", "not_finite", "dead_units", "saturated_units", "vanishing_gradients",
        "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Their size beside that of the first answers, and the loss at the end beside their variance."""
        seen = [one.targets for one in signals.snapshots if one.targets]
        first = signals.snapshots[0].output_rms if signals.snapshots else math.nan
        if signals.losses.steps < MIN_STEPS or has_several_passes_per_step(signals) or not math.isfinite(first):
            return None
        if signals.loss_kind == "absolute":
            return None if signals.is_weighted_by_example else _far_away(signals, max(1.0, first))
        if signals.loss_kind != "squared" or not seen or not is_plain(signals):
            return None
        early = seen[:3]  # of answers that have exploded the targets are found no more
        size = math.sqrt(float(np.median([one.mean_square for one in early])))
        if not size >= MIN_SIZE_RATIO * max(1.0, first) or _is_reached(signals, early):
            return None
        low, high = min(one.minimum for one in early), max(one.maximum for one in early)
        title = f"the targets are between {low:.4g} and {high:.4g}, and the first outputs have a size of {first:.2g}"
        return Detection(title, {"low": low, "high": high, "answers": first, "size": size})


def _far_away(signals: Signals, size: float) -> Detection | None:
    """Of an absolute error: it is the distance to the targets, and hardly became less."""
    losses = signals.losses
    ended = float(losses.windows(10)[-1])
    if not losses.first >= MIN_SIZE_RATIO * size or not ended > NO_NEARER_SHARE * losses.first:
        return None
    title = f"the outputs were {losses.first:.4g} away from the targets at first, and are {ended:.4g} away at the end"
    return Detection(title, {"first": losses.first, "last": ended, "answers": size})


def _is_reached(signals: Signals, early: list[TargetStats]) -> bool:
    """Whether the loss ended below what one loses who answers the targets' mean."""
    spread = float(np.median([one.variance for one in early]))
    ended = float(signals.losses.windows(10)[-1])
    return math.isfinite(ended) and signals.losses.first_nonfinite_step is None and ended < MAX_LOSS_SHARE * spread
