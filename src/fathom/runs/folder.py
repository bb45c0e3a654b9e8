"""The run folder: everything about one training, in plain files that other tools read.

    recipe.json          what was asked, and all that is needed to repeat it
    encoder/state.json   what prediction needs besides weights
    weights.safetensors  the best weights;  checkpoint/ while training
    splits.*  history.jsonl  results.parquet  outputs/*.npy
    figures.json  findings.json  skipped.csv  report.html

Each file is written under another name first and then renamed, so that none is ever half-written. Nothing is pickled,
and what is read back is validated: a run folder may come from a stranger.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fathom.errors import UserError
from fathom.records import Finding, Result, Skipped

SCHEMA = 1
"""Version of the layout; a folder of a later one is refused."""


class RunFolder:
    """One run's files, by name.

    Args:
        path: the folder; it need not exist yet.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """Make a new folder.

        Raises:
            UserError: it exists already, or cannot be made.
        """
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise UserError(f"{path} exists already: choose another --out, or go on with --resume {path}") from None
        except OSError as error:
            raise UserError(f"{path} cannot be made ({error.strerror}): choose another --out") from None
        return cls(path)

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """Open an existing run.

        Raises:
            UserError: there is none, or it is of a later version.
        """
        run = cls(path)
        if not run.path.is_dir():
            raise UserError(f"there is no run {path}: give the folder that fathom train printed, such as runs/photos-1")
        recipe = run.read_json("recipe.json")
        if not isinstance(recipe, dict) or not isinstance(recipe.get("resolved"), dict):
            raise UserError(f"{run.path / 'recipe.json'} is no recipe: restore the file or train again")
        if recipe.get("schema", 0) > SCHEMA:
            raise UserError(f"{path} was written by a later version of fathom: upgrade fathom to read it")
        return run

    @property
    def weights(self) -> Path:
        """The best weights."""
        return self.path / "weights.safetensors"

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"

    @property
    def recipe(self) -> dict[str, Any]:
        """What was asked and what was resolved."""
        return self.read_json("recipe.json")

    def write_text(self, name: str, text: str) -> None:
        """Write a text file, whole or not at all."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        try:
            waiting.write_text(text, encoding="utf-8")
            waiting.replace(target)
        except OSError as error:
            waiting.unlink(missing_ok=True)
            raise UserError(
                f"{target} cannot be written ({error.strerror}): make room or choose another --out"
            ) from None

    def write_json(self, name: str, value: Any) -> None:
        """Write JSON, indented, for people too."""
        self.write_text(name, json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")

    def read_json(self, name: str) -> Any:
        """Read JSON.

        Raises:
            UserError: the file is missing or damaged.
        """
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UserError(f"{path} is missing: this is no finished run; train it, or give another folder") from None
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read ({error}): restore the file or train again") from None

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        return (self.path / name).exists()

    def write_history(self, history: Iterable[dict[str, Any]]) -> None:
        """One JSON record a line, one line an epoch."""
        self.write_text("history.jsonl", "".join(json.dumps(record) + "\n" for record in history))

    def history(self) -> list[dict[str, Any]]:
        """The epochs' records; empty where there are none."""
        path = self.path / "history.jsonl"
        if not path.exists():
            return []
        try:
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        except ValueError as error:
            raise UserError(f"{path} cannot be read ({error}): restore the file or train again") from None

    def write_results(self, results: Sequence[Result]) -> None:
        """Add results, replacing those of the same splits."""
        frame = frame_of(results)
        if self.has("results.parquet"):
            kept = self.results().filter(~pl.col("split").is_in(frame["split"].unique().to_list()))
            frame = pl.concat([kept, frame], how="diagonal_relaxed")
        target = self.path / "results.parquet"
        waiting = target.with_name(target.name + ".tmp")
        frame.write_parquet(waiting)
        waiting.replace(target)

    def results(self) -> pl.DataFrame:
        """All results.

        Raises:
            UserError: there are none, or they are damaged.
        """
        path = self.path / "results.parquet"
        if not path.exists():
            raise UserError(f"{path} is missing: finish the training with fathom train --resume {self.path}")
        try:
            return pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{path} cannot be read ({reason}): restore the file or train again") from None

    def write_output(self, name: str, array: np.ndarray) -> None:
        """Write an array under outputs/."""
        target = self.path / "outputs" / f"{name}.npy"
        target.parent.mkdir(exist_ok=True)
        waiting = target.with_suffix(".tmp.npy")
        np.save(waiting, array, allow_pickle=False)
        waiting.replace(target)

    def write_skipped(self, skipped: Sequence[Skipped]) -> None:
        """List what could not be read."""
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["id", "reason"])
        rows.writerows((s.id, s.reason) for s in skipped)
        self.write_text("skipped.csv", text.getvalue())

    def write_findings(self, findings: Sequence[Finding]) -> None:
        """Write what is worth telling."""
        self.write_json("findings.json", [asdict(f) for f in findings])

    def findings(self) -> list[Finding]:
        """What is worth telling."""
        return [Finding(**f) for f in self.read_json("findings.json")]


def frame_of(results: Sequence[Result]) -> pl.DataFrame:
    """Results as a table, statistics as ``stat_*`` columns; targets and predictions keep one type."""
    columns: dict[str, list[Any]] = {
        name: [getattr(r, name) for r in results]
        for name in ("id", "split", "source", "group", "target", "prediction", "confidence", "loss", "weight")
    }
    for name in results[0].statistics:
        columns[f"stat_{name}"] = [r.statistics[name] for r in results]
    columns["baseline"] = [r.baseline for r in results]
    for name in ("target", "prediction", "baseline"):
        present = [v for v in columns[name] if v is not None]
        number = bool(present) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in present)
        if name == "target" and any(isinstance(p, str) for p in columns["prediction"]):
            number = False
        convert = float if number else str
        columns[name] = [None if v is None else convert(v) for v in columns[name]]
    frame = pl.DataFrame(columns, infer_schema_length=None)
    return frame.with_columns(pl.col("group").cast(pl.String), pl.col("confidence").cast(pl.Float64))


def _plain(value: Any) -> Any:
    """What JSON does not know, as what it knows."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    return str(value)
