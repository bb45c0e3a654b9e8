"""The run folder: everything about one training, in plain files that other tools read.

    recipe.json          what was asked, and all that is needed to repeat it
    encoder/state.json   what prediction needs besides weights
    weights.safetensors  the best weights;  checkpoint/ while training
    splits.*  history.jsonl  results.parquet  outputs/*.npy
    figures.json  findings.json  skipped.csv  report.html
    .lock                while a process works on it

Each file is written under another name first and then renamed, so that none is ever half-written. Nothing is pickled,
and what is read back is checked (`fathom.runs.file_schemas`): a run folder may come from a stranger.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fathom.data import files, spreadsheet_csv
from fathom.errors import FathomError, UserError
from fathom.library_reasons import reason_of
from fathom.records import Baseline, Finding, Result, SkipKind, Skipped
from fathom.runs import file_schemas, lock
from fathom.runs.migrations import SCHEMA
from fathom.spelling import near_file

__all__ = ["SCHEMA", "Exists", "RunFolder", "frame_of"]

BEFORE_THE_RECIPE = {lock.FILE_NAME, "splits.parquet", "splits.json", "encoder"}
"""What a training that was killed before its recipe was written can have left."""

ROWS_AT_ONCE = 10_000


class Exists(UserError):  # noqa: N818 (as its base)
    """A run of that name is there."""


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
            Exists: it is there already.
            UserError: it cannot be made.
        """
        try:
            if _is_remains(path):
                shutil.rmtree(path)
            path.mkdir(parents=True)
        except FileExistsError:
            more = f", or go on with `resume={path}`" if path.is_dir() else ""
            raise Exists(f"{path} exists already: choose another `out`{more}") from None
        except (OSError, ValueError) as error:
            why = files.reason(error) if isinstance(error, OSError) else error
            raise UserError(f"{path} cannot be made ({why}): choose another `out`") from None
        return cls(path)

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """Open an existing run.

        Raises:
            UserError: there is none, it is damaged, of a later version, or something below it is a link.
        """
        run = cls(path)
        try:
            there = run.path.is_dir()
        except (OSError, ValueError):
            there = False
        if not there:
            raise UserError(
                f"there is no run {path}{near_file(path)}: "
                "give the folder that fathom train printed, such as runs/photos-1"
            )
        files.refuse_links(run.path)
        run.read_recipe()  # a damaged one is refused here
        return run

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Work on the run alone; who is interrupted within is told how to go on.

        Raises:
            UserError: another process works on it, it cannot be written, or something below it is a link.
        """
        files.refuse_links(self.path)
        with lock.locked(self.path):
            for folder in (self.path, *(self.path / name for name in files.INNER)):
                files.sweep(folder)
            try:
                yield
            except BaseException as error:
                if not isinstance(error, FathomError) and self.has("recipe.json"):
                    verb = "report" if self.is_finished() else "train --resume"
                    error.add_note(f"go on with fathom {verb} {self.path}")
                raise

    @property
    def weights(self) -> Path:
        """The best weights."""
        return self.path / "weights.safetensors"

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"

    def read_recipe(self) -> dict[str, Any]:
        """Read what was asked and what was resolved; a verb does it once, and passes it on.

        Raises:
            UserError: the file is missing or damaged.
        """
        return file_schemas.recipe(self.read_json("recipe.json"), self.path / "recipe.json")

    @property
    def advice(self) -> str:
        """How to mend it when a file cannot be written."""
        started = self.has("recipe.json") and not self.is_finished()
        return f"make room, then go on with fathom train --resume {self.path}" if started else files.ADVICE

    def write_text(self, name: str, text: str, *, durable: bool = True) -> None:
        """Write a text file, whole or not at all.

        Raises:
            UserError: the disk is full, or the folder cannot be written.
        """
        files.write_text(self.path / name, text, self.advice, durable=durable)

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
            return files.read_json(path)
        except FileNotFoundError:
            raise UserError(f"{path} is missing: this is no finished run; train it, or give another folder") from None

    def is_finished(self) -> bool:
        """Whether a training has come to its end, report and all: then, as its last step, it removes its checkpoint."""
        return self.has("findings.json") and not self.has(files.CHECKPOINT)

    def finish(self) -> None:
        """Remove what only an unfinished training needs; the file that marks it goes first, in one instant."""
        with contextlib.suppress(FileNotFoundError):
            (self.path / files.CHECKPOINT).unlink()
        shutil.rmtree((self.path / files.CHECKPOINT).parent, ignore_errors=True)

    def check_finished(self) -> None:
        """Refuse a run whose training has not come to its end.

        Raises:
            UserError: it has not.
        """
        if not self.is_finished():
            raise UserError(f"{self.path} is not finished: go on with fathom train --resume {self.path}")

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        try:
            return (self.path / name).exists()
        except OSError:
            return False

    def write_history(self, history: Iterable[dict[str, Any]]) -> None:
        """One JSON record a line, one line an epoch."""
        self.write_text("history.jsonl", "".join(json.dumps(record) + "\n" for record in history), durable=False)

    def history(self) -> list[dict[str, Any]]:
        """The epochs' records; empty where there are none.

        Raises:
            UserError: the file is damaged.
        """
        path = self.path / "history.jsonl"
        if not self.has(path.name):
            return []
        try:
            records = [json.loads(line) for line in files.read_text(path).splitlines()]
        except (OSError, ValueError, RecursionError, MemoryError) as error:
            why = reason_of(error)
            raise UserError(f"{path} cannot be read ({why}): restore the file or train again") from None
        file_schemas.checked(records, list[file_schemas.Epoch], path, "the history")
        return records  # with whatever else a task tells of an epoch

    def figures(self) -> dict[str, Any]:
        """The metric of each split and baseline.

        Raises:
            UserError: the file is missing or damaged.
        """
        figures = self.read_json("figures.json")
        file_schemas.checked(figures, file_schemas.Figures, self.path / "figures.json", "it")
        return figures

    def baselines(self) -> list[Baseline]:
        """What simple things predicted on dev.

        Raises:
            UserError: the file is missing or damaged.
        """
        return file_schemas.baselines(self.read_json("baselines.json"), self.path / "baselines.json")

    def write_results(self, results: Iterable[Result]) -> None:
        """Add results, replacing those of the same splits."""
        frame = frame_of(results)
        if self.has("results.parquet"):
            kept = self.results().filter(~pl.col("split").is_in(frame["split"].unique().to_list()))
            frame = pl.concat([kept, frame], how="diagonal_relaxed")
        self.replace_results(frame)

    def replace_results(self, frame: pl.DataFrame) -> None:
        """Write these results instead of those that are there."""
        table = io.BytesIO()
        frame.write_parquet(table)
        with files.replacing(self.path / "results.parquet", self.advice) as waiting:
            waiting.write_bytes(table.getbuffer())

    def results(self, needs: Sequence[str] = ()) -> pl.DataFrame:
        """All results.

        Args:
            needs: the statistics that they must have.

        Raises:
            UserError: there are none, or they are damaged.
        """
        path = self.path / "results.parquet"
        try:
            return file_schemas.results(files.read_parquet(path), path, needs)
        except FileNotFoundError:
            raise UserError(f"{path} is missing: finish the training with fathom train --resume {self.path}") from None

    def write_output(self, name: str, array: np.ndarray) -> None:
        """Write an array under outputs/."""
        with files.replacing(self.path / "outputs" / f"{name}.npy", self.advice) as waiting:
            np.save(waiting, array, allow_pickle=False)

    def write_skipped(self, skipped: Sequence[Skipped]) -> None:
        """List what could not be read, or was left out."""
        rows = ((s.id, s.reason, s.kind.value) for s in skipped)
        self.write_text("skipped.csv", spreadsheet_csv.written([("id", "reason", "kind"), *rows]))

    def skipped(self) -> int:
        """How many examples could not be read.

        Raises:
            UserError: the list is damaged.
        """
        path = self.path / "skipped.csv"
        if not self.has(path.name):
            return 0
        try:
            rows = [row for row in csv.reader(io.StringIO(files.read_text(path), newline="")) if row]
            return sum(kind is SkipKind.UNREADABLE for kind in _skip_kinds(rows))
        except (OSError, ValueError, csv.Error) as error:
            why = reason_of(error)
            raise UserError(f"{path} cannot be read ({why}): restore the file or train again") from None

    def write_findings(self, findings: Sequence[Finding]) -> None:
        """Write what is worth telling."""
        self.write_json("findings.json", [asdict(f) for f in findings])

    def findings(self) -> list[Finding]:
        """What is worth telling.

        Raises:
            UserError: the file is missing or damaged.
        """
        return file_schemas.findings(self.read_json("findings.json"), self.path / "findings.json")


def _skip_kinds(rows: Sequence[Sequence[str]]) -> list[SkipKind]:
    """The kind of each row of skipped.csv; an old file has none, and tells it by how the reason begins."""
    if not rows or "kind" in rows[0]:
        return [SkipKind(row[-1]) for row in rows[1:]]
    return [SkipKind.EXCLUDED if row[-1].startswith("left out by") else SkipKind.UNREADABLE for row in rows[1:]]


def _is_remains(path: Path) -> bool:
    """Whether a folder is only what a training left that was killed before it began: then the name is free."""
    try:
        names = {p.name for p in path.iterdir()}
    except (OSError, ValueError):
        return False
    ours = {name for name in names if name in BEFORE_THE_RECIPE or files.is_waiting(name)}
    return lock.FILE_NAME in names and names == ours and not path.is_symlink() and not lock.is_locked(path)


def frame_of(results: Iterable[Result]) -> pl.DataFrame:
    """Results as a table, statistics as ``stat_*`` columns; targets and predictions keep one type.

    The results may be made one by one: only `ROWS_AT_ONCE` of them are in memory as objects.
    """
    rows = iter(results)
    return pl.concat(
        [_part_of(part) for part in iter(lambda: list(islice(rows, ROWS_AT_ONCE)), [])], how="diagonal_relaxed"
    )


def _part_of(results: Sequence[Result]) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {
        name: [getattr(r, name) for r in results]
        for name in ("id", "split", "source", "group", "target", "prediction", "confidence", "loss", "weight")
    }
    for name in results[0].statistics:
        columns[f"stat_{name}"] = [r.statistics[name] for r in results]
    for name in results[0].scores:
        columns[f"p_{name}"] = [r.scores.get(name) for r in results]
    columns["baseline"] = [r.baseline for r in results]
    for name in ("target", "prediction", "baseline"):
        present = [v for v in columns[name] if v is not None]
        number = bool(present) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in present)
        if name == "target" and any(isinstance(p, str) for p in columns["prediction"]):
            number = False
        convert = float if number else str
        columns[name] = [None if v is None else convert(v) for v in columns[name]]
    frame = pl.DataFrame(columns, infer_schema_length=None)
    return frame.with_columns(
        pl.col("group").cast(pl.String), pl.col("confidence").cast(pl.Float64), pl.col("^p_.*$").cast(pl.Float32)
    )


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
