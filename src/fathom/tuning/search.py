"""The search: a folder of its own, a study in a database, trials until the time or their number is up.

Everything that a trial needs follows from the request: the same data, splits and seed in every process, so that
processes, or machines, that share a study by its URL try points of one space on one split; `fathom.tuning.study` sees
to it. A trial that was killed is noticed by its missing heartbeat, or when its folder goes on, and is tried again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from fathom.data import files, spreadsheet_csv
from fathom.diagnosis import requirements
from fathom.errors import FathomError, UserError
from fathom.metrics import Metric
from fathom.progress import Interrupted, QuietWatcher, Watcher
from fathom.records import Settings
from fathom.runs.decision_threshold import unmet_requirement
from fathom.runs.folder import RunFolder
from fathom.runs.load import build_net
from fathom.runs.prepare import Prepared
from fathom.runs.request import Request
from fathom.runs.train import train
from fathom.runs.training_without_run import fit_without_run, prepare_without_run
from fathom.tuning import study as studies
from fathom.tuning.request import Asked
from fathom.tuning.result import Tuned
from fathom.tuning.search_space import Space, draw, settings_with, space_of

TABLE, PAGE = "trials.csv", "tune.html"
STATES = {"COMPLETE": "", "PRUNED": "   stopped early", "FAIL": "   could not be trained"}


def tune(asked: Asked, folder: Path, watcher: Watcher) -> Tuned:
    """Search, then train the best again; where the folder holds a search already, it goes on.

    Args:
        asked: what the search is to try, and for how long.
        folder: of the search.
        watcher: is told how far it is.

    Returns:
        the trials, and the run of the best.

    Raises:
        UserError: the data or a setting cannot be used, no trial came to an end, or the study is of something else.
        Interrupted: the user stopped it; the trials so far are kept.
        MissingExtra: Optuna is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with RunFolder(folder).locked():
        return _tune(studies.optuna_(), asked, folder, watcher)


def _tune(optuna: Any, asked: Asked, folder: Path, watcher: Watcher) -> Tuned:
    prepared = prepare_without_run(asked.request, watcher)
    task = prepared.task
    if not len(prepared.indices("dev")):
        raise UserError("there is no dev split to judge trials by: give more data, or `dev`")
    requirements.ask_possible(list(map(requirements.parse, task.settings.require)), task.metric, task.classes)
    space = space_of(task, build_net(task), asked.request.settings)
    if not space:
        raise UserError("there is nothing to search, since all that may vary was asked for: leave something out")
    study = studies.open_study(optuna, asked, folder, prepared, space)
    watcher.summary_line("space", ", ".join(name.removeprefix("set.") for name in space))
    try:
        Search(optuna, study, asked, studies.place(folder), prepared, space, watcher).go()
    except BaseException as error:
        error.add_note(f"go on with fathom tune --resume {folder}")
        raise
    ended = [t for t in study.get_trials(deepcopy=False) if t.value is not None and t.state.name == "COMPLETE"]
    if not ended:
        broken = [t.user_attrs["broken"] for t in study.get_trials(deepcopy=False) if "broken" in t.user_attrs]
        if broken:
            raise UserError(f"no net of the space meets what is required, such as {broken[0]}: ask for less")
        raise UserError("no trial came to an end: give a larger `budget`, or fewer `epochs`")
    best = min(ended, key=lambda t: t.value)
    table = _table(study)
    importance = _importance(optuna, study, len(ended))
    words = pl.col(pl.String).map_elements(spreadsheet_csv.escape, return_dtype=pl.String)
    files.write_text(folder / TABLE, table.with_columns(words).write_csv(), durable=False)
    watcher.summary_line("best", "   ".join(f"{k.removeprefix('set.')} {_shown(v)}" for k, v in best.params.items()))
    run = _train_best(asked.request, settings_with(task.settings, best.params), folder, watcher)
    tuned = Tuned(folder, run, dict(best.params), best.value, table, importance, task.metric)
    from fathom.tuning.report import write_page  # loads matplotlib, which no trial has to wait for

    write_page(folder / PAGE, tuned)
    return tuned


@dataclass
class Search:
    """Trial after trial, the usual settings first, until the time or their number is up."""

    optuna: Any
    study: Any
    asked: Asked
    place: str
    prepared: Prepared
    space: Space
    watcher: Watcher
    current: Any = None
    """The trial that is under way, or was."""

    def go(self) -> None:
        """Search.

        Raises:
            Interrupted: the user stopped it.
        """
        until, waits = time.monotonic() + self.asked.budget, False
        self.watcher.begin_stage("tune", self.asked.trials or 0)
        while time.monotonic() < until:
            if self.asked.trials is None or studies.begun(self.study) < self.asked.trials:
                self._next()
            elif others := studies.running(self.study):
                if not waits:
                    self.watcher.summary_line("waits", f"for {others} of the trials, which other processes have begun")
                waits = True
                time.sleep(0.5)
                self.optuna.storages.fail_stale_trials(self.study)
            else:
                break
            if self.watcher.stop_requested():
                raise Interrupted

    def _next(self) -> None:
        """One trial; where it is cut off, its point is tried again when the search goes on."""
        self.current = None
        try:
            self.study.optimize(self._trial, n_trials=1, catch=(FathomError,))
        except BaseException:
            if self.current is not None:
                studies.give_back(self.study, self._ended())
            raise
        last, metric = self._ended(), self.prepared.task.metric
        if studies.SURPLUS in last.user_attrs:
            return
        shown = "–" if last.value is None else metric.show(last.value)
        broken = last.user_attrs.get("broken", "")
        state = f"   not allowed: {broken}" if broken else STATES.get(last.state.name, "")
        drawn = "  ".join(f"{k.removeprefix('set.')} {_shown(v)}" for k, v in last.params.items())
        self.watcher.summary_line("trial", f"{last.number + 1}: dev {metric.label} {shown}   {drawn}{state}")
        self.watcher.advance()

    def _ended(self) -> Any:
        return next(t for t in self.study.get_trials(deepcopy=False) if t.number == self.current.number)

    def _trial(self, trial: Any) -> float:
        """Train once at a drawn point, unless it is one too many; the best dev figure of its epochs."""
        self.current = trial
        trial.set_user_attr(studies.PLACE, self.place)
        if self.asked.trials is not None and studies.is_surplus(self.study, trial, self.asked.trials):
            trial.set_user_attr(studies.SURPLUS, True)
            raise UserError("there are as many trials as were asked for")
        seed = self.prepared.task.settings.seed
        self.study.sampler = studies.sampler_of(self.optuna, self.asked, seed, trial.number)
        try:
            return self._trained(trial, settings_with(self.prepared.task.settings, draw(trial, self.space)))
        except FathomError as error:
            trial.set_user_attr(studies.FAILED, str(error))
            raise

    def _trained(self, trial: Any, settings: Settings) -> float:
        prepared = self.prepared.with_settings(settings)
        net = build_net(prepared.task)
        broken = unmet_requirement(prepared.task, net, prepared.of("dev"))
        if broken:
            trial.set_user_attr("broken", broken)
            raise UserError(f"it does not meet what is required, {broken}")
        progress = fit_without_run(net, prepared, Pruner(self.optuna, trial, self.watcher))
        if progress.best == float("inf"):
            raise UserError(progress.stopped or "no epoch was finished")
        return float(progress.best)


class Pruner(QuietWatcher):
    """Reports each epoch's dev figure, and stops what is hopeless."""

    def __init__(self, optuna: Any, trial: Any, inner: Watcher) -> None:
        super().__init__(inner)
        self.optuna, self.trial = optuna, trial

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """Report, and ask."""
        self.trial.report(record["dev_metric"], record["epoch"])
        if self.trial.should_prune():
            raise self.optuna.TrialPruned


def _table(study: Any) -> pl.DataFrame:
    """A row for each trial that was begun: number, state, figure, seconds, and each setting."""
    rows = []
    for t in study.get_trials(deepcopy=False):
        if t.state.name == "WAITING" or studies.SURPLUS in t.user_attrs:
            continue
        seconds = t.duration.total_seconds() if t.duration else None
        reached = t.value if t.value is not None else min(t.intermediate_values.values(), default=None)
        state = "interrupted" if studies.is_void(t) else t.state.name.lower()
        row = {"trial": t.number + 1, "state": state, "dev": reached, "seconds": seconds}
        rows.append({**row, **t.params})
    return pl.DataFrame(rows, infer_schema_length=None)


def _importance(optuna: Any, study: Any, ended: int) -> dict[str, float]:
    """How much of the spread of the figure each setting explains (fANOVA, Hutter et al. 2014)."""
    if ended < 8:
        return {}
    try:
        return {k: float(v) for k, v in optuna.importance.get_param_importances(study).items()}
    except (RuntimeError, ValueError):  # all trials came out alike
        return {}


def _train_best(request: Request, settings: Settings, folder: Path, watcher: Watcher) -> RunFolder:
    """The best settings, trained as a run of its own."""
    number = 1
    while (folder / f"best-{number}").exists():
        number += 1
    return train(replace(request, settings=settings, out=folder / f"best-{number}"), watcher)


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
