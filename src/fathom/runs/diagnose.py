"""``fathom diagnose RUN``: everything that a run's results, its history and its examples tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from fathom import diagnosis
from fathom.diagnosis import Decomposition
from fathom.errors import FathomError, UserError
from fathom.metrics import METRICS, Metric
from fathom.progress import Watcher
from fathom.records import SPLITS, Finding
from fathom.runs import example_metadata, findings
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.runs.prepare import prepare_again

MOST_PARTS = 100


def diagnose_run(run: RunFolder, watcher: Watcher) -> list[Finding]:
    """The run's findings, made anew and kept; the examples are looked at once, where the data is still there.

    Raises:
        UserError: the run is not finished, or damaged.
    """
    frame, recipe = run.results(), run.read_recipe()
    looked = example_metadata.is_complete(run) or _look(
        run, recipe, watcher, [s for s in SPLITS if s in set(frame["split"].to_list())]
    )
    metric = METRICS.get(run.figures()["metric"]) if run.has("figures.json") else None
    watcher.begin_stage("diagnose", 0)
    told = findings.known(run, recipe)
    found = findings.gather(run, frame, metric, told)
    if looked and run.has("findings.json") and [f.title for f in found] != [f.title for f in run.findings()]:
        with run.locked():
            told = findings.known(run, recipe)  # anew: a curve may have been measured since
            found = findings.write(run, frame, metric, told)  # the report tells them, too, when it is written again
    return found


def _look(run: RunFolder, recipe: Mapping[str, Any], watcher: Watcher, splits: list[str]) -> bool:
    """Look at the examples, where they and the net can still be had; else that is said, and the results must do."""
    try:
        task = load_task(run, recipe)
        prepared = prepare_again(run, recipe, task, watcher)
        net = None if task.settings.has_custom_net else load_net(run, task)
        with run.locked():
            example_metadata.write_metadata(run, recipe, prepared, splits, watcher, net, whole=True)
    except FathomError as error:
        watcher.summary_line("note", f"the examples themselves were not looked at, since {error}")
        return False
    return True


def taken_apart(what: Path, by: str) -> tuple[list[tuple[str, Decomposition]], Metric]:
    """The decomposition for each class, source or group of a run, or of a table of results.

    Raises:
        UserError: there is no such division, or nothing to divide.
    """
    columns = {"class": "target", "source": "source", "group": "group"}
    if what.is_file():
        frame = diagnosis.read_results(what)
        metric, human = diagnosis.metric_of(frame), None
    else:
        run = RunFolder.open(what)
        frame = example_metadata.with_metadata(run, run.results())
        metric = METRICS.get(run.figures()["metric"]) or diagnosis.metric_of(frame)
        human = run.read_recipe()["resolved"]["settings"].get("human_error")
    column = columns.get(by) or f"look_{by}"
    if column not in frame.columns:
        raise UserError(f"`by={by}` divides nothing here: choose class, source or group")
    parts = frame.filter(pl.col("split") == "dev")[column].cast(pl.String).fill_null("").n_unique()
    if parts > MOST_PARTS or (parts < 2 and by != "class"):
        what_is = "one kind" if parts < 2 else f"{parts:,} different ones"
        raise UserError(f"dev has {what_is} by {by}: give a column with 2 to {MOST_PARTS} (`source`, `group`)")
    return diagnosis.decompose_by(frame, metric, column, human), metric
