"""What simple things reach on the examples of a split, and how much better or worse the net is on the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fathom.diagnosis.intervals import interval
from fathom.records import Baseline, Example, Interval, Prediction
from fathom.runs.compare import paired
from fathom.task import Task


def baseline_figures(
    task: Task, results: pl.DataFrame, examples: Sequence[Example], baselines: Sequence[Baseline]
) -> list[dict[str, Any]]:
    """Each baseline as ``figures.json`` keeps it.

    Args:
        task: whose metric it is.
        results: of the net on these examples, or on more.
        examples: of one split.
        baselines: with a prediction for each of them.

    Returns:
        of each: name, seconds, value, low and high; and where the net was asked the same examples, ``difference``: the
        net's figure minus that of the baseline, with its 95 % interval; below 0 the net is better.
    """
    found = []
    for one in baselines:
        frame = _frame(task, examples, one)
        figure = interval_fields(interval(frame, task.metric))
        difference = paired(frame, results, task.metric)
        beside = {} if difference is None else {"difference": interval_fields(difference)}
        found.append({"name": one.name, "seconds": one.seconds, **figure, **beside})
    return found


def interval_fields(figure: Interval) -> dict[str, float]:
    """An interval as JSON."""
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def best_difference(kept: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Interval] | None:
    """The baseline with the lowest figure, and the net's figure minus its own.

    Args:
        kept: baselines as ``figures.json`` has them.

    Returns:
        None where there is none, or where the two were not compared, as in older runs.
    """
    best = min(kept, key=lambda one: float(one["value"]), default=None)
    if best is None or "difference" not in best:
        return None
    difference = best["difference"]
    return best, Interval(difference["value"], difference["low"], difference["high"])


def _frame(task: Task, examples: Sequence[Example], baseline: Baseline) -> pl.DataFrame:
    """What results the baseline would have: one row an example."""
    losses = baseline.losses or [0.0] * len(examples)
    weights = baseline.weights or [1.0] * len(examples)
    each = zip(examples, baseline.predictions, losses, weights, strict=True)
    rows = [task.statistics(Prediction(p), e.target, loss, weight) for e, p, loss, weight in each]
    columns: dict[str, Any] = {f"stat_{name}": [row[name] for row in rows] for name in (rows[0] if rows else ())}
    if task.metric.pooled:
        columns = {"target": [e.target for e in examples], "prediction": list(baseline.predictions)}
    groups = pl.Series("group", [e.group for e in examples], dtype=pl.String)
    return pl.DataFrame({"id": [e.id for e in examples], **columns}).with_columns(groups)
