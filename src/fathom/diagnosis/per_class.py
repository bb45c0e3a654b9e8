"""The figure of each class, source or group, with its interval, worst first."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fathom.diagnosis.intervals import interval
from fathom.metrics import Metric
from fathom.records import Interval


@dataclass(frozen=True)
class Slice:
    """Some of the examples: what they have in common, how many they are, and their figure."""

    name: str
    count: int
    figure: Interval


def per_class(frame: pl.DataFrame, metric: Metric) -> list[Slice]:
    """The figure of each class, Wilson's interval for rates."""
    return slices(frame, metric, "target")


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
