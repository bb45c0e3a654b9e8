"""Labels that end with a full stop in one table and not in another: ``<=50K.`` of ``adult.test`` is ``<=50K``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fathom.data import repairs
from fathom.data.table.table_files import Table


def without_dots(read: Sequence[Table], target: str) -> list[Table]:
    """The tables, with the labels of each as the first has them; that dots were left out is told.

    Args:
        read: the first is of train.
        target: the column of labels, which all have.
    """
    import polars as pl

    known = _labels(read[0], target)
    found = [read[0]]
    for table in read[1:]:
        labels = _labels(table, target)
        if labels and all(one.endswith(".") for one in labels) and not labels & known and _bare(labels) <= known:
            bare = pl.col(target).cast(pl.String).str.strip_chars().str.strip_suffix(".")
            table = replace(table, frame=table.frame.with_columns(bare))
            repairs.tell(f"the labels {', '.join(sorted(labels)[:3])} are those of train, without the dot at their end")
        found.append(table)
    return found


def _labels(table: Table, target: str) -> set[str]:
    return {str(value).strip() for value in table.frame[target].unique().to_list() if value is not None}


def _bare(labels: set[str]) -> set[str]:
    return {one.removesuffix(".") for one in labels}
