"""What a run's training told of its health, beside what its results tell."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from fathom.diagnosis import learned, ranked
from fathom.metrics import Metric
from fathom.records import Finding
from fathom.runs.folder import RunFolder
from fathom.training.health import findings, from_json

SAME = {
    "diverged": {"high_learning_rate", "not_finite", "exploding_gradients", "inputs_not_scaled", "inputs_not_finite"},
    "still_improving": {"unfinished", "low_learning_rate"},
}
"""Findings of the epochs, and those of the steps that say the same with more to show for it."""


REFUTED = frozenset({"labels_unrelated"})
"""What the steps seem to say, and cannot be where new examples are answered better than by chance."""


def with_health(run: RunFolder, found: Sequence[Finding], frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """The findings with those of the run's health before them, the most severe first.

    Args:
        run: that was trained.
        found: what its results tell.
        frame: the results.
        metric: by which they are judged.

    Raises:
        UserError: what was kept is damaged.
    """
    told = findings(from_json(run.read_json("health.json"), str(run.path / "health.json"))) if has_health(run) else []
    if any(one.name in REFUTED for one in told) and learned(frame, metric):
        told = [one for one in told if one.name not in REFUTED]
    names = {finding.name for finding in told}
    rest = [finding for finding in found if not SAME.get(finding.name, set()) & names]
    return ranked([*told, *rest])


def has_health(run: RunFolder) -> bool:
    """Whether its training was watched; tables of results and older runs have not been."""
    return run.has("health.json")
