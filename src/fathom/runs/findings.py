"""The findings of a run: gathered from all that tells of it, ranked, and written; the one way to ``findings.json``.

What is told, by where it comes from:

    results        what the errors, the epochs and the examples of each split tell
    health         what the steps of the training tell
    requirements   what was required of the model and is not met, as it was measured when it was trained
    separate       what trainings of their own have shown (learning curves), until they are made anew
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from fathom import diagnosis
from fathom.diagnosis import baseline, power_law, requirements  # noqa: F401 - power_law declares the curves
from fathom.diagnosis.convergence import STILL_IMPROVING
from fathom.diagnosis.requirements import Measured
from fathom.finding_kinds import kind_of
from fathom.metrics import Metric
from fathom.records import Finding, Interval
from fathom.runs.baseline_figures import best_difference
from fathom.runs.example_metadata import with_metadata
from fathom.runs.folder import RunFolder
from fathom.training import health
from fathom.training.health import Signals
from fathom.training.health.checks.unfinished import Unfinished

TOO_EARLY = frozenset({Unfinished.name, STILL_IMPROVING.name})
"""Findings that say that the training was stopped too early."""


@dataclass(frozen=True)
class Known:
    """What a run folder tells beside its results.

    Attributes:
        history: the epochs, one mapping each.
        human_error: the error that people make, where known.
        skipped: how many examples could not be read.
        signals: of the training's health; None where it was not watched (tables of results, older runs).
        required: each requirement, with what was measured of it.
        separate: findings of trainings of their own.
        baselines: of dev, as ``figures.json`` keeps them.
        test_baselines: of test likewise, once it was looked at.
    """

    history: Sequence[Mapping[str, Any]]
    human_error: float | None
    skipped: int
    signals: Signals | None
    required: Sequence[Measured]
    separate: Sequence[Finding]
    baselines: Sequence[Mapping[str, Any]] = ()
    test_baselines: Sequence[Mapping[str, Any]] = ()


def known(run: RunFolder, recipe: Mapping[str, Any]) -> Known:
    """Read what a run folder tells beside its results.

    Args:
        run: that was trained.
        recipe: its own.

    Raises:
        UserError: a file is damaged.
    """
    watched = run.has("health.json")
    figures = run.figures() if run.has("figures.json") else {}
    found = run.findings() if run.has("findings.json") else []
    return Known(
        history=run.history(),
        human_error=recipe["resolved"]["settings"].get("human_error"),
        skipped=run.skipped(),
        signals=health.from_json(run.read_json("health.json"), str(run.path / "health.json")) if watched else None,
        required=[_measured(one) for one in figures.get("requirements", [])],
        separate=[one for one in found if kind_of(one.name).separate],
        baselines=figures.get("baselines", []),
        test_baselines=figures.get("test_baselines", []),
    )


def gather(
    run: RunFolder, frame: pl.DataFrame, metric: Metric | None, told: Known, fresh: Sequence[Finding] = ()
) -> list[Finding]:
    """Everything worth telling of a run, the most severe first.

    Args:
        run: that was trained.
        frame: its results.
        metric: by which they are judged; None finds it by the statistics.
        told: what its folder tells besides.
        fresh: findings of trainings of their own that were just made, in place of earlier ones of their names.

    Raises:
        UserError: what is known of its examples is damaged.
    """
    metric = metric or diagnosis.metric_of(frame)
    results = diagnosis.diagnose(
        with_metadata(run, frame),
        history=told.history,
        human_error=told.human_error,
        skipped=told.skipped,
        metric=metric,
    )
    if not metric.rejudges and (best := best_difference(told.baselines)):
        simple, difference = best
        results.append(baseline.judge_difference(simple["name"], simple["value"], difference, metric))
    if best := best_difference(told.test_baselines):
        simple, difference = best
        of_test = simple["name"], simple["value"], difference, metric
        results = [baseline.told_by_test(one, *of_test) for one in results]
    steps = [] if told.signals is None else health.findings(told.signals)
    if any(kind_of(one.name).refutable for one in steps) and diagnosis.learned(frame, metric):
        steps = [one for one in steps if not kind_of(one.name).refutable]
    reached = [row["dev_metric"] for row in told.history if row.get("dev_metric") is not None]
    if reached and metric.is_perfect(min(reached)):  # there is nothing that more epochs could bring
        steps, results = ([one for one in found if one.name not in TOO_EARLY] for found in (steps, results))
    replaced = {kind for one in steps for kind in kind_of(one.name).replaces}
    results = [one for one in results if kind_of(one.name) not in replaced]
    again = {one.name for one in fresh}
    separate = [*(one for one in told.separate if one.name not in again), *fresh]
    return diagnosis.ranked([*requirements.check(told.required), *steps, *results, *separate])


def write(
    run: RunFolder,
    frame: pl.DataFrame,
    metric: Metric | None,
    told: Known,
    fresh: Sequence[Finding] = (),
) -> list[Finding]:
    """Gather the findings of a run that is held, write them, and return them.

    Args:
        run: that was trained; the caller works on it alone (`RunFolder.locked`).
        frame: its results.
        metric: by which they are judged; None finds it by the statistics.
        told: what its folder tells besides.
        fresh: findings of trainings of their own that were just made.

    Raises:
        UserError: a file is damaged, or cannot be written.
    """
    found = gather(run, frame, metric, told, fresh)
    run.write_findings(found)
    return found


def _measured(kept: Mapping[str, Any]) -> Measured:
    """A requirement as ``figures.json`` keeps it, with what was measured of it."""
    value = Interval(kept["value"], kept["low"], kept["high"])
    return Measured(requirements.parse(kept["text"]), value, kept["met"])
