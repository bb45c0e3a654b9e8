"""Tables of results: those of a run, and those that any other framework has written.

A foreign table needs ``target``, ``prediction`` and ``split``; all else is derived, so that each check may count on
every column: id, split, source, group, target, prediction, confidence, loss, weight, baseline and ``stat_*``.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from polars.exceptions import PanicException, PolarsError

from fathom.diagnosis.example_metadata import COLUMN_PREFIX
from fathom.errors import UserError
from fathom.metrics import METRICS, Metric
from fathom.metrics.overlap import INTERSECTION, mean_iou_missed
from fathom.records import SPLITS

SPLIT_SYNONYMS = {
    "training": "train",
    "traindev": "train-dev",
    "valid": "dev",
    "val": "dev",
    "validation": "dev",
    "development": "dev",
    "testing": "test",
}
"""What others call the splits."""

ANNOTATOR_PREFIX = "annotator"
"""How the names of columns begin that hold what one of several people said."""

MAX_INTEGER_CLASSES = 20
"""A target of integers with no more values than this is always a class."""


def read_results(path: Path | str) -> pl.DataFrame:
    """Read a table of results, ``.csv`` or ``.parquet``, and derive what it lacks.

    Args:
        path: of the table, with the columns target, prediction and split at least.

    Returns:
        a row an example, with all columns that diagnosis asks for.

    Raises:
        UserError: it is not there, is no table, or lacks what cannot be derived.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; give a table of results, .csv or .parquet")
    try:
        if path.suffix.lower() == ".parquet":
            frame = pl.read_parquet(path)
        elif path.suffix.lower() == ".csv":
            frame = pl.read_csv(path, infer_schema_length=None)
        else:
            raise UserError(f"{path}: a table of results is a .csv or a .parquet file")
    except (PolarsError, PanicException, UnicodeDecodeError, OSError, MemoryError) as error:
        reason = (str(error).splitlines() or ["it is damaged"])[0][:200]
        raise UserError(f"{path}: this cannot be read as a table ({reason})") from error
    return complete(frame, str(path))


def complete(frame: pl.DataFrame, name: str = "the table") -> pl.DataFrame:
    """Derive the columns that a table of results lacks.

    Args:
        frame: a row an example, with the columns target, prediction and split at least.
        name: what the table is called, for the sentence.

    Returns:
        the same rows, with all columns that diagnosis asks for.

    Raises:
        UserError: target, prediction or split are missing or have holes, or a split has an unknown name.
    """
    missing = [column for column in ("target", "prediction", "split") if column not in frame.columns]
    if missing:
        there = ", ".join(frame.columns) or "none"
        raise UserError(f"{name}: no column {' and none '.join(missing)}; the columns are {there}")
    if frame.is_empty():
        raise UserError(f"{name}: the table has no rows; it needs one for each example")
    for column in ("target", "prediction", "split"):
        if holes := frame[column].null_count():
            raise UserError(f"{name}: column {column} is empty in {holes} of {frame.height} rows; fill or drop them")
    frame = _with_looks(_with_splits(frame, name))
    frame = _with_statistics(frame, name)
    return _with_the_rest(frame)


def metric_of(frame: pl.DataFrame) -> Metric:
    """The metric that the table's statistics belong to; of several the one that uses most of them.

    Args:
        frame: results with columns ``stat_…``.

    Returns:
        the metric.

    Raises:
        UserError: they belong to none.
    """
    statistics = [column.removeprefix("stat_") for column in frame.columns if column.startswith("stat_")]
    if classes := sum(name.startswith(INTERSECTION) for name in statistics):
        return mean_iou_missed(classes)
    fitting = [metric for metric in METRICS.values() if metric.needs and set(metric.needs) <= set(statistics)]
    if fitting:
        return max(fitting, key=lambda metric: len(metric.needs))  # of equals the first
    have = ", ".join(f"stat_{name}" for name in statistics) or "none"
    raise UserError(f"no metric is made of these statistics ({have}); error needs stat_wrong and stat_count")


def classes_of(frame: pl.DataFrame) -> list[str]:
    """The classes in a fixed order: those of the ``p_<class>`` columns, else all that occur, numbers by size.

    Args:
        frame: results, a row an example.

    Returns:
        the names of the classes.
    """
    named = [column.removeprefix("p_") for column in frame.columns if column.startswith("p_")]
    seen = pl.concat([frame["target"].cast(pl.String), frame["prediction"].cast(pl.String)]).drop_nulls().unique()
    others = [name for name in seen.to_list() if name not in set(named)]
    return named + sorted(others, key=lambda name: (not _is_number(name), float(name) if _is_number(name) else 0, name))


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


def _with_splits(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    split = pl.col("split").cast(pl.String).str.strip_chars().str.to_lowercase().str.replace_all("[_ ]", "-")
    frame = frame.with_columns(split.replace(SPLIT_SYNONYMS).alias("split"))
    unknown = sorted(set(frame["split"].unique()) - set(SPLITS))
    if unknown:
        shown = ", ".join(repr(text) for text in unknown[:5])
        raise UserError(f"{name}: no split is called {shown}; the names are {', '.join(SPLITS)}")
    return frame


RESULT_COLUMNS = ("id", "split", "source", "group", "target", "prediction", "confidence", "loss", "weight", "baseline")


def _with_looks(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns that are none of ours say something of the examples."""
    ours = (
        *RESULT_COLUMNS,
        *(c for c in frame.columns if c.startswith(("p_", "stat_", COLUMN_PREFIX, ANNOTATOR_PREFIX))),
    )
    return frame.rename({c: f"{COLUMN_PREFIX}{c}" for c in frame.columns if c not in ours})


def _is_regression(frame: pl.DataFrame, name: str) -> bool:
    target, prediction = frame["target"], frame["prediction"]
    if not (target.dtype.is_numeric() and prediction.dtype.is_numeric()):
        return False
    if any(column.startswith("p_") for column in frame.columns):
        return False
    whole = bool((target == target.round()).all())
    values = target.unique()
    if whole and not bool((prediction == prediction.round()).all()):
        if values.len() <= 2 and bool(prediction.is_between(0, 1).all()):
            raise UserError(f"{name}: column prediction holds probabilities; put the predicted class there")
        return True
    if not whole:
        return True
    return values.len() > 5 * MAX_INTEGER_CLASSES or (
        values.len() > MAX_INTEGER_CLASSES and not bool(prediction.is_in(values.implode()).all())
    )


def _with_statistics(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    if any(column.startswith("stat_") and column != "stat_count" for column in frame.columns):
        return frame if "stat_count" in frame.columns else frame.with_columns(stat_count=pl.lit(1.0))
    if _is_regression(frame, name):
        squared = (pl.col("prediction").cast(pl.Float64) - pl.col("target").cast(pl.Float64)) ** 2
        frame = frame.with_columns(stat_squared=squared)
        if not bool(frame["stat_squared"].is_finite().all()):
            raise UserError(f"{name}: some targets or predictions are not finite numbers; mend or drop those rows")
    else:
        target, prediction = pl.col("target"), pl.col("prediction")
        if not (frame["target"].dtype.is_numeric() and frame["prediction"].dtype.is_numeric()):
            target, prediction = target.cast(pl.String), prediction.cast(pl.String)
        frame = frame.with_columns(stat_wrong=(target != prediction).cast(pl.Float64))
    return frame.with_columns(stat_count=pl.lit(1.0))


def _with_the_rest(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill in ids, sources, groups, confidence, loss, weight and baseline."""
    height = frame.height
    scores = [column for column in frame.columns if column.startswith("p_")]
    derived: list[pl.Expr | pl.Series] = []
    if "id" not in frame.columns:
        derived.append(pl.Series("id", [str(row) for row in range(1, height + 1)]))
    if "source" not in frame.columns:
        derived.append(pl.lit("").alias("source"))
    if "group" not in frame.columns:
        derived.append(pl.lit(None, dtype=pl.String).alias("group"))
    if "confidence" not in frame.columns:
        best = pl.max_horizontal(scores).cast(pl.Float64) if scores else pl.lit(None, dtype=pl.Float64)
        derived.append(best.alias("confidence"))
    if "loss" not in frame.columns:
        derived.append(_loss(frame, scores).alias("loss"))
    if "weight" not in frame.columns:
        derived.append(pl.lit(1.0).alias("weight"))
    if "baseline" not in frame.columns:
        derived.append(pl.lit(None, dtype=frame["prediction"].dtype).alias("baseline"))
    frame = frame.with_columns(derived)
    return frame.with_columns(
        pl.col("id").cast(pl.String), pl.col("source").cast(pl.String).fill_null(""), pl.col("group").cast(pl.String)
    )


def _loss(frame: pl.DataFrame, scores: list[str]) -> pl.Expr:
    """Cross-entropy where there are probabilities, else the statistic that the metric is made of."""
    if scores:
        right = pl.lit(0.0)
        for column in scores:
            is_target = pl.col("target").cast(pl.String) == column.removeprefix("p_")
            right = pl.when(is_target).then(pl.col(column).cast(pl.Float64)).otherwise(right)
        return -(right.clip(1e-12, 1.0).log())
    for name in ("stat_wrong", "stat_squared"):
        if name in frame.columns:
            return pl.col(name).cast(pl.Float64)
    return pl.lit(None, dtype=pl.Float64)
