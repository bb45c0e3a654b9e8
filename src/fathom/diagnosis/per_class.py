"""The figure of each class, label, source or group, with its interval, worst first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from fathom.diagnosis.intervals import interval, value_of
from fathom.metrics import Metric
from fathom.metrics.labels import of_one_label, parse_labels
from fathom.records import Interval

MOST_LABELS = 20
"""Labels that are told where there are many: each has an interval of its own."""


@dataclass(frozen=True)
class Slice:
    """Some of the examples: what they have in common, how many they are, and their figure."""

    name: str
    count: int
    figure: Interval


def per_class(frame: pl.DataFrame, metric: Metric) -> list[Slice]:
    """The figure of each class, Wilson's interval for rates."""
    return slices(frame, metric, "target")


def per_label(frame: pl.DataFrame, metric: Metric, most: int = MOST_LABELS) -> list[Slice]:
    """The figure of each label, as if there were it alone; of many the worst.

    Args:
        frame: results of one split, whose targets are sets of labels.
        metric: that judges them.
        most: labels that are told.

    Returns:
        a slice for each label that occurs, its count how many have it.
    """
    ranked = sorted(label_figures(frame, metric).items(), key=lambda pair: (-pair[1], pair[0]))
    counts = Counter(name for target in frame["target"] for name in parse_labels(target))
    return [Slice(name, counts[name], interval(_of_label(frame, name), metric)) for name, _ in ranked[:most]]


def label_figures(frame: pl.DataFrame, metric: Metric) -> dict[str, float]:
    """The figure of each label that occurs, by its name.

    Args:
        frame: results of one split, whose targets are sets of labels.
        metric: that judges them.
    """
    names = sorted({name for target in frame["target"] for name in parse_labels(target)})
    return {name: value_of(_of_label(frame, name), metric) for name in names}


def _of_label(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    targets, predictions = of_one_label(name, frame["target"].to_list(), frame["prediction"].to_list())
    return frame.with_columns(target=pl.Series(targets), prediction=pl.Series(predictions))


def per_source(frame: pl.DataFrame, metric: Metric) -> list[Slice]:
    """The figure of each source; those without a name are left out."""
    return slices(frame, metric, "source")


def per_group(frame: pl.DataFrame, metric: Metric) -> list[Slice]:
    """The figure of each group; inside one group its examples count as independent."""
    return slices(frame.with_columns(pl.col("group").alias("_group"), group=None), metric, "_group")


def slices(frame: pl.DataFrame, metric: Metric, column: str) -> list[Slice]:
    """The figure of the examples of each value of a column, the highest first."""
    if column not in frame.columns:
        return []
    named = frame.filter(pl.col(column).is_not_null() & (pl.col(column).cast(pl.String) != ""))
    parts = named.partition_by(column, as_dict=True, maintain_order=True)
    made = [Slice(str(key[0]), part.height, interval(part, metric)) for key, part in parts.items()]
    return sorted(made, key=lambda part: (-part.figure.value, part.name))
