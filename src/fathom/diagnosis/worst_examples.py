"""The examples to look at first."""

from __future__ import annotations

import polars as pl


def worst(frame: pl.DataFrame, most: int = 20) -> list[str]:
    """Ids of the examples with the highest loss, highest first."""
    return _first(frame.filter(pl.col("loss").is_not_null()), "loss", most)


def confidently_wrong(frame: pl.DataFrame, most: int = 20) -> list[str]:
    """Ids of the wrongly classified examples of which the net was surest, surest first."""
    if "stat_wrong" not in frame.columns:
        return []
    return _first(frame.filter((pl.col("stat_wrong") > 0) & pl.col("confidence").is_not_null()), "confidence", most)


def _first(frame: pl.DataFrame, column: str, most: int) -> list[str]:
    ordered = frame.sort(column, "id", descending=[True, False], nulls_last=True)
    return [str(name) for name in ordered["id"].head(most)]
