"""What is judged is the training set itself, and nothing else."""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.checks.dev_holds_copies import MIN_ROWS, has_favourites, share_seen
from fathom.training.health.signals import Signals

MIN_COPIES, MIN_CAUGHT_TWICE = 60, 60
"""Examples of an evaluation that were seen in training, and examples that two epochs share."""

MIN_SHARE = 0.9
"""Of each call of an evaluation, that was trained on."""

MIN_EVALUATIONS = 3
"""Of a training."""


class JudgedOnTraining(Check):
    """All that is judged was trained on."""

    name: ClassVar[str] = "judged_on_training"
    severity = "warning"
    lesson: ClassVar[str] = "train-dev"
    meaning: ClassVar[str] = (
        "The examples of the evaluation are the training examples themselves: train and dev are the same data. The "
        "figure says how well the net remembers them, and nothing of new examples."
    )
    advice: ClassVar[str] = (
        "Judge on examples that were never trained on. Look for a dev loader that was made from the training set, and "
        "for a split that was not used."
    )

    def run(self, signals: Signals) -> Detection | None:
        """Each call of the first evaluations, where all of them were looked at."""
        calls = signals.details.judged_calls
        if signals.details.calls_unseen or signals.evaluations < MIN_EVALUATIONS or len(calls) < 2:
            return None
        coverage, twice = share_seen(signals)
        if twice < MIN_CAUGHT_TWICE or has_favourites(signals) or has_several_passes_per_step(signals):
            return None
        trained = {row for one in signals.snapshots for row in one.rows}
        found = [(len(rows & trained), len(rows)) for rows in map(set, calls)]
        copies, judged = (sum(part) for part in zip(*found, strict=True))
        least = min(n / (size * coverage) for n, size in found)
        if copies < MIN_COPIES or min(size for _, size in found) < MIN_ROWS or least < MIN_SHARE:
            return None
        if copies / (judged * coverage) * (1 - 2 * math.sqrt(1 / copies + 1 / twice)) > 1 / MIN_SHARE:
            return None  # more than all of them: the estimate does not hold
        title = (
            f"dev is the training set: of {judged} examples at evaluations {copies} were found among the "
            f"{100 * coverage:.0f} % of the training examples that were looked at, as many as if all were such"
        )
        return Detection(title, {"judged": judged, "copies": copies, "seen_of_training": coverage})
