"""The search: a folder of its own, a study in a database, trials until the time or their number is up.

Everything that a trial needs follows from the request: the same data, splits and seed in every process, so that
processes, or machines, that share a study by its URL try points of one space on one split. A trial that was killed is
noticed by its missing heartbeat, and counts as failed.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from fathom.data import files
from fathom.errors import FathomError, MissingExtra, UserError
from fathom.metrics import Metric
from fathom.records import Settings
from fathom.runs.folder import RunFolder
from fathom.runs.load import build_net
from fathom.runs.operating import beyond
from fathom.runs.outcomes import data_apart, fit_apart
from fathom.runs.prepare import Prepared
from fathom.runs.request import Request
from fathom.runs.train import train
from fathom.training.loop import Interrupted, Watcher
from fathom.tuning.space import Space, draw, settings_with, space_of

STUDY, TABLE, PAGE = "study.db", "trials.csv", "tune.html"
SAMPLERS = ("tpe", "random")
STATES = {"COMPLETE": "", "PRUNED": "   stopped early", "FAIL": "   could not be trained"}
HEARTBEAT = 20
"""Seconds between the signs of life of a trial; after three times as long without one it counts as dead."""


@dataclass(frozen=True)
class Asked:
    """What a search is asked for.

    Attributes:
        request: the data and the settings that are held fixed.
        budget: seconds.
        trials: at most so many, of all processes together; None ends with the time.
        sampler: ``tpe`` or ``random``.
        storage: URL of a database that others share; None keeps it in the folder.
        name: of the study.
    """

    request: Request
    budget: float
    trials: int | None = None
    sampler: str = "tpe"
    storage: str | None = None
    name: str = "fathom"


@dataclass(frozen=True)
class Tuned:
    """What came out.

    Attributes:
        folder: of the search.
        best: the run that was trained with the best settings.
        settings: these, as far as they were searched.
        figure: the best trial's on dev.
        trials: of all processes, one row each.
        importance: of each setting, summing to 1; empty with too few trials.
        metric: by which they are judged.
    """

    folder: Path
    best: RunFolder
    settings: Mapping[str, Any]
    figure: float
    trials: pl.DataFrame
    importance: Mapping[str, float]
    metric: Metric


def tune(asked: Asked, folder: Path, watcher: Watcher) -> Tuned:
    """Search, then train the best again; where the folder holds a search already, it goes on.

    Raises:
        UserError: the data or a setting cannot be used, or no trial came to an end.
        Interrupted: the user stopped it; the trials so far are kept.
        MissingExtra: Optuna is not installed.
    """
    optuna = _optuna()
    if asked.sampler not in SAMPLERS:
        raise UserError(f"there is no sampler '{asked.sampler}': choose one of {', '.join(SAMPLERS)}")
    prepared = data_apart(asked.request, watcher)
    task = prepared.task
    if not len(prepared.indices("dev")):
        raise UserError("there is no dev split to judge trials by: give more data, or --dev")
    space = space_of(task, build_net(task))
    folder.mkdir(parents=True, exist_ok=True)
    study = _study(optuna, asked, folder)
    watcher.line("space", ", ".join(name.removeprefix("set.") for name in space))
    try:
        _search(optuna, study, asked, prepared, space, watcher)
    except BaseException as error:
        error.add_note(f"go on with fathom tune --resume {folder}")
        raise
    ended = [t for t in study.get_trials(deepcopy=False) if t.value is not None and t.state.name == "COMPLETE"]
    if not ended:
        broken = [t.user_attrs["broken"] for t in study.get_trials(deepcopy=False) if "broken" in t.user_attrs]
        if broken:
            raise UserError(f"no net of the space meets what is required, such as {broken[0]}: ask for less")
        raise UserError("no trial came to an end: give a larger --budget, or fewer --epochs")
    best = min(ended, key=lambda t: t.value)
    table = _table(study)
    importance = _importance(optuna, study, len(ended))
    files.write_text(folder / TABLE, table.write_csv(), durable=False)
    watcher.line("best", "   ".join(f"{k.removeprefix('set.')} {_shown(v)}" for k, v in best.params.items()))
    run = _train_best(asked.request, settings_with(task.settings, best.params), folder, watcher)
    tuned = Tuned(folder, run, dict(best.params), best.value, table, importance, task.metric)
    from fathom.tuning.page import write_page

    write_page(folder / PAGE, tuned)
    return tuned


def _study(optuna: Any, asked: Asked, folder: Path) -> Any:
    url = asked.storage or f"sqlite:///{(folder / STUDY).resolve()}"
    for _ in range(5):  # another process may be laying the same database out
        with suppress(UserError):
            return _opened(optuna, asked, url)
        time.sleep(random.uniform(0.2, 1.0))
    return _opened(optuna, asked, url)


def _opened(optuna: Any, asked: Asked, url: str) -> Any:
    try:
        storage = optuna.storages.RDBStorage(url, heartbeat_interval=HEARTBEAT, grace_period=3 * HEARTBEAT)
        seed = asked.request.settings.seed
        tpe = optuna.samplers.TPESampler(seed=None if asked.storage else seed, constant_liar=True)
        rand = optuna.samplers.RandomSampler(seed=None if asked.storage else seed)
        return optuna.create_study(
            storage=storage, study_name=asked.name, load_if_exists=True,
            sampler=tpe if asked.sampler == "tpe" else rand,
            pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=2, reduction_factor=3),
        )  # fmt: skip
    except (ImportError, ValueError, OSError, RuntimeError) as error:
        raise UserError(f"the database {url} cannot be used ({_first(error)}): give another --storage") from None
    except Exception as error:
        if type(error).__module__.startswith("sqlalchemy") or type(error).__module__.startswith("optuna"):
            raise UserError(f"the database {url} cannot be used ({_first(error)}): give another --storage") from None
        raise


def _search(optuna: Any, study: Any, asked: Asked, prepared: Prepared, space: Space, watcher: Watcher) -> None:
    """Trial after trial, the usual settings first."""
    began = time.monotonic()
    usual = prepared.task.settings
    if not study.get_trials(deepcopy=False):
        first = {"lr": usual.lr, "batch_size": usual.batch_size, "weight_decay": max(1e-5, usual.weight_decay or 0)}
        study.enqueue_trial({name: value for name, value in first.items() if name in space}, skip_if_exists=True)

    def done() -> int:
        return sum(t.state.is_finished() for t in study.get_trials(deepcopy=False))

    watcher.stage("tune", asked.trials or 0)
    while time.monotonic() - began < asked.budget and (asked.trials is None or done() < asked.trials):
        study.optimize(lambda trial: _trial(optuna, trial, prepared, space, watcher), n_trials=1, catch=(FathomError,))
        last = study.get_trials(deepcopy=False)[-1]
        shown = "–" if last.value is None else prepared.task.metric.show(last.value)
        broken = last.user_attrs.get("broken", "")
        state = f"   not allowed: {broken}" if broken else STATES.get(last.state.name, "")
        drawn = "  ".join(f"{k.removeprefix('set.')} {_shown(v)}" for k, v in last.params.items())
        watcher.line("trial", f"{last.number + 1}: dev {prepared.task.metric.name} {shown}   {drawn}{state}")
        watcher.advance()
        if watcher.interrupted():
            raise Interrupted


def _trial(optuna: Any, trial: Any, prepared: Prepared, space: Space, watcher: Watcher) -> float:
    """Train once at a drawn point; the best dev figure of its epochs."""
    settings = settings_with(prepared.task.settings, draw(trial, space))
    task = type(prepared.task)(settings)
    task.restore(prepared.task.state())
    mine = replace(prepared, task=task)
    net = build_net(task)
    broken = beyond(task, net, mine.of("dev"))
    if broken:
        trial.set_user_attr("broken", broken)
        raise UserError(f"it does not meet what is required, {broken}")
    progress = fit_apart(net, task, mine, Pruner(optuna, trial, watcher))
    if progress.best == float("inf"):
        raise UserError(progress.stopped or "no epoch was finished")
    return float(progress.best)


class Pruner(Watcher):
    """Reports each epoch's dev figure, and stops what is hopeless."""

    def __init__(self, optuna: Any, trial: Any, inner: Watcher) -> None:
        self.optuna, self.trial = optuna, trial
        self.interrupted = inner.interrupted  # type: ignore[method-assign]

    def epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """Report, and ask."""
        self.trial.report(record["dev_metric"], record["epoch"])
        if self.trial.should_prune():
            raise self.optuna.TrialPruned


def _table(study: Any) -> pl.DataFrame:
    """A row for each trial: number, state, figure, seconds, and each setting."""
    rows = []
    for t in study.get_trials(deepcopy=False):
        seconds = t.duration.total_seconds() if t.duration else None
        reached = t.value if t.value is not None else min(t.intermediate_values.values(), default=None)
        told = {"trial": t.number + 1, "state": t.state.name.lower(), "dev": reached, "seconds": seconds}
        rows.append({**told, **t.params})
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
    return train(replace(request, settings=settings, out=folder / f"best-{number}", recipe=None), watcher)


def keep(asked: Asked, folder: Path) -> None:
    """Write what was asked, so that ``--resume`` can go on."""
    plain = {k: str(v) if isinstance(v, Path) else v for k, v in vars(asked.request).items() if k != "settings"}
    told = {**{k: v for k, v in vars(asked).items() if k != "request"}, "request": plain}
    told["settings"] = asdict(asked.request.settings)
    RunFolder(folder).write_json("tune.json", told)


def kept(folder: Path) -> Asked:
    """What was asked of the search in this folder.

    Raises:
        UserError: there is none.
    """
    if not (folder / "tune.json").exists():
        raise UserError(f"{folder} holds no search to go on with: start one with fathom tune DATA --out {folder}")
    told = RunFolder(folder).read_json("tune.json")
    try:
        settings = Settings.from_dict(told.pop("settings"))
        plain = told.pop("request")
        places = {k: Path(v) for k, v in plain.items() if k in ("out", "splits", "recipe", "start") and v}
        rest = {k: v for k, v in plain.items() if k not in ("out", "splits", "recipe", "start") and v is not None}
        return Asked(request=Request(**{**rest, **places, "settings": settings}), **told)
    except (TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{folder / 'tune.json'} is damaged ({_first(error)}): start the search anew") from None


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise MissingExtra("tuning", "tune") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    import warnings

    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
