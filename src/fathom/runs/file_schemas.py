"""What the files of a run folder hold: their types, and the refusal of what is of another.

A run folder may come from a stranger or from a damaged disk. What is read is checked here, once, so that everything
behind it may count on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict, TypeVar

import polars as pl

from fathom.declared_options import DataOptions
from fathom.errors import UserError
from fathom.records import SPLITS, Baseline, Finding, Settings
from fathom.runs.migrations import SCHEMA, migrated
from fathom.validation import Finite, Real, convert

T = TypeVar("T")


@dataclass(frozen=True)
class SourceRecord(DataOptions[str]):
    """Where the data came from."""

    text: str
    path: str
    no_dev: bool = False


class Resolved(TypedDict):
    """Everything that is needed to repeat a run."""

    task: str
    source: SourceRecord
    init_from: NotRequired[str | None]
    data_fingerprint: str
    settings: dict[str, Any]
    versions: dict[str, str]


class Recipe(TypedDict):
    """``recipe.json``."""

    schema: int
    asked: dict[str, Any]
    resolved: Resolved
    looks_at_test: NotRequired[int]


class Figure(TypedDict):
    """A figure with its interval."""

    value: Real
    low: Real
    high: Real


class BaselineFigure(Figure):
    """What something simple reached."""

    name: str
    seconds: Real
    difference: NotRequired[Figure]


class Requirement(Figure):
    """A constraint, and what was reached of it."""

    text: str
    met: bool


class ShownMetric(TypedDict):
    """What people are told in place of what is minimized, where that is another figure (1 minus the one kept)."""

    name: str
    higher_is_better: bool


class Figures(TypedDict):
    """``figures.json``."""

    metric: str
    shown: NotRequired[ShownMetric]
    stopped: str
    splits: dict[str, Figure]
    baselines: list[BaselineFigure]
    test_baselines: NotRequired[list[BaselineFigure]]
    beside: NotRequired[dict[str, dict[str, Real]]]
    labels: NotRequired[dict[str, Real]]
    requirements: NotRequired[list[Requirement]]


class Operating(TypedDict):
    """``operating.json``: a class, and the probability from which on it is said."""

    name: str
    threshold: Finite


class Epoch(TypedDict):
    """One line of ``history.jsonl``."""

    epoch: int
    seconds: Real
    step: NotRequired[int]
    lr: NotRequired[Real]
    train_loss: NotRequired[Real | None]
    dev_loss: NotRequired[Real | None]
    dev_metric: NotRequired[Real | None]
    reach: NotRequired[Real]
    steps: NotRequired[Real]


def checked(value: Any, wanted: Any, path: Path, what: str) -> Any:
    """The value as what the file must hold.

    Args:
        value: as it was read.
        wanted: its type, as `fathom.validation.convert` takes it.
        path: the file, for the sentence.
        what: what it is called in the sentence.

    Raises:
        UserError: it is something else; names the file.
    """
    try:
        return convert(value, wanted, what)
    except UserError as error:
        raise UserError(f"{path} is damaged, since {error}: restore the file or train again") from None


def recipe(value: Any, path: Path) -> dict[str, Any]:
    """A recipe, in today's names, whichever version wrote it.

    Raises:
        UserError: it is none, or of a later version.
    """
    if not isinstance(value, dict) or not isinstance(value.get("resolved"), dict):
        raise UserError(f"{path} is no recipe: restore the file or train again")
    version = value.get("schema", 0)
    if isinstance(version, int) and version > SCHEMA:
        raise UserError(f"{path} was written by a later version of fathom: upgrade fathom to read it")
    value = migrated(value) if isinstance(version, int) else value
    checked(value, Recipe, path, "the recipe")
    source = value["resolved"]["source"]
    if any("\0" in str(part) for part in source.values() if not isinstance(part, list)):
        raise UserError(f"{path} names data by a path that cannot be: restore the file or train again")
    try:
        Settings.from_dict(value["resolved"]["settings"])
    except UserError as error:
        raise UserError(f"{path} cannot be followed, since {error}") from None
    return value


def findings(value: Any, path: Path) -> list[Finding]:
    """Findings."""
    found: list[Finding] = checked(value, list[Finding], path, "findings")
    for one in found:
        _check_evidence(one.evidence, path)
    return found


def _check_evidence(value: Any, path: Path) -> None:
    """What looks like an interval must be one."""
    if isinstance(value, Mapping):
        if set(value) == {"value", "low", "high"}:
            checked(value, Figure, path, "evidence")
        for one in value.values():
            _check_evidence(one, path)
    elif isinstance(value, list):
        for one in value:
            _check_evidence(one, path)


def baselines(value: Any, path: Path) -> list[Baseline]:
    """Baselines with their predictions."""
    found: list[Baseline] = checked(value, list[Baseline], path, "baselines")
    return found


TEXT, NUMBER, EITHER = "text", "numbers", "text or numbers"
COLUMNS: Mapping[str, tuple[str, bool]] = {
    "id": (TEXT, False),
    "split": (TEXT, False),
    "source": (TEXT, True),
    "group": (TEXT, True),
    "target": (EITHER, False),
    "prediction": (EITHER, False),
    "confidence": (NUMBER, True),
    "loss": (NUMBER, False),
    "weight": (NUMBER, False),
    "baseline": (EITHER, True),
}
"""The columns of ``results.parquet``: of which type, and whether there may be holes."""


def results(frame: pl.DataFrame, path: Path, needs: Sequence[str] = ()) -> pl.DataFrame:
    """Results that can be computed with.

    Args:
        frame: as it was read.
        path: the file, for the sentence.
        needs: statistics that there must be.

    Raises:
        UserError: a column is missing, of the wrong type, has holes, or values that cannot be.
    """
    statistics = [f"stat_{name}" for name in needs] or [c for c in frame.columns if c.startswith("stat_")]
    scores = {name: (NUMBER, True) for name in frame.columns if name.startswith("p_")}
    wanted = {**scores, **COLUMNS, **dict.fromkeys([*statistics, *_statistics(frame)], (NUMBER, False))}
    for name, (kind, holes) in wanted.items():
        if why := _wrong(frame, name, kind, holes):
            raise UserError(f"{path} is damaged, since {why}: restore the file or train again")
    why = _impossible(frame)
    if why:
        raise UserError(f"{path} is damaged, since {why}: restore the file or train again")
    return frame


def _statistics(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name.startswith("stat_")]


def _wrong(frame: pl.DataFrame, name: str, kind: str, holes: bool) -> str:
    """What is wrong with a column, or nothing."""
    if name not in frame.columns:
        return f"it has no column '{name}'"
    column = frame[name]
    number = column.dtype.is_numeric() and column.dtype != pl.Decimal
    fits = {TEXT: column.dtype == pl.String, NUMBER: number}.get(kind, number or column.dtype == pl.String)
    if not (fits or (holes and column.dtype == pl.Null)):
        return f"its column '{name}' holds {column.dtype} and no {kind}"
    if not holes and column.null_count():
        return f"its column '{name}' has holes"
    if name.startswith("stat_") and not bool(column.cast(pl.Float64).is_finite().all()):
        return f"its column '{name}' has numbers that are not finite"
    return ""


def _impossible(frame: pl.DataFrame) -> str:
    """Which values cannot be, or nothing."""
    if frame.is_empty():
        return "it has no rows"
    if frame.select("id", "split").is_duplicated().any():
        return "an example is in it twice"
    if set(frame["split"].unique()) - set(SPLITS):
        return "it has splits of unknown names"
    if frame["confidence"].dtype != pl.Null and not bool(
        frame["confidence"].drop_nulls().cast(pl.Float64).is_between(0, 1.0001).all()
    ):
        return "it has confidences that are no probabilities"
    lowest = {"stat_count": 1e-9, "stat_wrong": 0.0, "stat_squared": 0.0}
    for name, least in lowest.items():
        if name in frame.columns and not bool((frame[name] >= least).all()):
            return f"its column '{name}' has numbers below {least:g}"
    if {"stat_wrong", "stat_count"} <= set(frame.columns) and bool((frame["stat_wrong"] > frame["stat_count"]).any()):
        return "more is wrong in it than there is"
    return ""
