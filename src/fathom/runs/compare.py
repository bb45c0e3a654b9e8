"""``fathom compare``: runs side by side, with paired intervals where they share dev examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from fathom.diagnosis.intervals import (
    POOLED_METRIC_DRAWS,
    groups_of,
    interval,
    multiplicities,
    percentiles,
    pooled,
    resample,
    sum_groups,
    value_of,
)
from fathom.diagnosis.results_table import metric_of
from fathom.errors import UserError
from fathom.metrics import METRICS, Metric
from fathom.records import Interval
from fathom.reporting.report_data import CompareData, ComparedRun
from fathom.runs import file_schemas
from fathom.runs.folder import RunFolder


def compare(runs: Sequence[RunFolder], split: str = "dev") -> CompareData:
    """Compare runs over one split; the first is the reference.

    Raises:
        UserError: fewer than two runs, an unfinished one, or metrics that cannot be compared.
    """
    if len(runs) < 2:
        raise UserError("one run alone cannot be compared: give two or more run folders")
    for run in runs:
        run.check_finished()
    frames = [run.results().filter(pl.col("split") == split) for run in runs]
    for run, frame in zip(runs, frames, strict=True):
        if frame.is_empty():
            raise UserError(
                f"{run.path} has no results on {split}: compare runs that were trained with a {split} split"
            )
    names = {run.figures()["metric"] for run in runs}
    if len(names) > 1:
        raise UserError(
            f"these runs are judged by different metrics ({', '.join(sorted(names))}): compare like with like"
        )
    metric = METRICS.get(names.pop()) or metric_of(frames[0])
    for run, frame in zip(runs, frames, strict=True):
        file_schemas.results(frame, run.path / "results.parquet", metric.needs)
    compared = []
    for i, (run, frame) in enumerate(zip(runs, frames, strict=True)):
        settings = run.read_recipe()["resolved"]["settings"]
        history = run.history()
        asked = run.figures().get("requirements", [])
        compared.append(
            ComparedRun(
                name=str(run.path),
                result=interval(frame, metric),
                difference=None if i == 0 else paired(frames[0], frame, metric),
                net=str(settings.get("net")),
                seconds=sum(record["seconds"] for record in history),
                history=history,
                settings=settings,
                required=(sum(r["met"] for r in asked), len(asked)),
            )
        )
    return CompareData(compared, metric, split=split)


def paired(reference: pl.DataFrame, other: pl.DataFrame, metric: Metric) -> Interval | None:
    """The metric of `other` minus that of `reference` over the examples that both have; None where they share none.

    Both are resampled together, example by example or group by group, so that what is hard for both cancels out.

    Args:
        reference: results, a row an example.
        other: results by the same metric.
        metric: by which both are judged.
    """
    if metric.pooled:
        return _paired_pooled(reference, other, metric)
    wanted = ["id", *(f"stat_{name}" for name in metric.needs)]
    both = reference.select(*wanted, *({"group"} & set(reference.columns))).join(
        other.select(wanted), on="id", suffix="_other"
    )
    if len(both) < 2:
        return None
    first = both.select(wanted[1:]).to_numpy()  # (examples, statistics)
    second = both.select([f"{name}_other" for name in wanted[1:]]).to_numpy()
    sums = sum_groups(np.concatenate([first, second], 1), groups_of(both))  # (examples or groups, 2 * statistics)
    k = first.shape[1]

    def difference(rows: np.ndarray) -> np.ndarray:
        a = {name: rows[..., i] for i, name in enumerate(metric.needs)}
        b = {name: rows[..., k + i] for i, name in enumerate(metric.needs)}
        return np.asarray(metric.of(b)) - np.asarray(metric.of(a))

    return percentiles(difference(resample(sums)), float(difference(sums.sum(0))))


def _paired_pooled(reference: pl.DataFrame, other: pl.DataFrame, metric: Metric) -> Interval | None:
    """As `paired`, for a figure that ranks or pairs examples."""
    columns = ["id", "target", "prediction", "group"]
    ids = reference.select("id").join(other.select("id"), on="id")
    if len(ids) < 2:
        return None
    first, second = (ids.join(frame.select(columns), on="id", how="left") for frame in (reference, other))
    weights = multiplicities(first, POOLED_METRIC_DRAWS, 0)
    drawn = pooled(second, metric, weights) - pooled(first, metric, weights)
    return percentiles(drawn, value_of(second, metric) - value_of(first, metric))
