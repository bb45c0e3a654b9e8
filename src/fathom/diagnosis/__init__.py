"""Results → Findings: what limits a model, with intervals, and silence where the data cannot tell.

One idea a file, no torch: a table of results that any other framework has written can be diagnosed too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fathom.diagnosis import (
    baseline,
    convergence,
    decomposition,
    dev_size,
    distribution_shift,
    error_floor,
    human_level,
    label_shift,
    never_predicted,
    same_answer,
    skipped_examples,
    slices,
)
from fathom.diagnosis.baseline import learned
from fathom.diagnosis.decomposition import Decomposition, decompose, decompose_by
from fathom.diagnosis.intervals import by_split, interval
from fathom.diagnosis.results_table import metric_of, read_results
from fathom.finding_kinds import SEVERITIES, kind_of
from fathom.metrics import Metric
from fathom.records import Finding, Interval

__all__ = [
    "CHECKS",
    "Decomposition",
    "decompose",
    "decompose_by",
    "diagnose",
    "figures",
    "learned",
    "metric_of",
    "ranked",
    "read_results",
]

CHECKS = (
    baseline.check,
    label_shift.check,
    dev_size.check,
    never_predicted.check,
    same_answer.check,
    distribution_shift.check,
    slices.check,
)
"""What is asked of every table: (results, metric) → findings. The decomposition and the epochs are asked besides."""


def diagnose(
    frame: pl.DataFrame,
    history: Sequence[Mapping[str, Any]] = (),
    human_error: float | None = None,
    skipped: int = 0,
    metric: Metric | None = None,
) -> list[Finding]:
    """Everything worth telling about these results, most severe first.

    Args:
        frame: the results, as `read_results` returns them.
        history: the epochs, one mapping each.
        human_error: the error that people make, where known.
        skipped: how many examples could not be read.
        metric: by which they are judged; None finds it by the statistics.
    """
    metric = metric or metric_of(frame)
    human_error = human_level.of_table(frame) if human_error is None else human_error
    found = convergence.check(history, frame, metric) + decomposition.check(frame, metric, human_error)
    found += error_floor.check(frame, metric, human_error)
    for check in CHECKS:
        found += check(frame, metric)
    return ranked(found + skipped_examples.check(skipped))


def ranked(found: Sequence[Finding]) -> list[Finding]:
    """The most severe first; among those, what concerns the whole before what concerns a part.

    Args:
        found: findings, in any order.

    Returns:
        the same findings.
    """
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), kind_of(one.name).rank))


def figures(frame: pl.DataFrame, metric: Metric) -> dict[str, Interval]:
    """The figure of each split that has examples, with its interval, in the order of the splits.

    Args:
        frame: results, a row an example.
        metric: by which they are judged.

    Returns:
        split → figure with its 95 % interval.
    """
    return {name: interval(part, metric) for name, part in by_split(frame).items()}
