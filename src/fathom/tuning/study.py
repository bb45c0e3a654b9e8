"""The study: trials in a database that several processes may share, if they search the same.

Who lays it out writes down what its trials are of; who joins, or goes on, must search just that. A trial that was cut
off, by Ctrl-C, by ``kill -9`` or since its machine is gone, counts for nothing, and its point is tried again.
"""

from __future__ import annotations

import inspect
import json
import logging
import random
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fathom.data.counter_rng import step_seed
from fathom.data.fingerprint import fingerprint
from fathom.errors import MissingExtra, UserError
from fathom.runs.prepare import Prepared, data_fingerprint
from fathom.tuning.request import Asked
from fathom.tuning.search_space import Space

STUDY = "study.db"
HEARTBEAT = 20
"""Seconds between the signs of life of a trial; after three times as long without one it counts as dead."""
LAID_OUT = 5.0
"""Seconds within which who made a study has said what it is of."""
TRIES = 3
"""How often a point is tried that is cut off each time: perhaps it is what kills the process."""
OF_MACHINE = ("device", "precision")
"""Settings in which the processes of one search may differ."""
IDENTITY, TRIED, FAILED, SURPLUS, PLACE = "search", "tries", "failed", "surplus", "folder"
"""What the study, and its trials, are told to remember."""


def optuna_() -> Any:
    """Optuna, which says nothing unasked.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise MissingExtra("tuning", "tune") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna


def open_study(optuna: Any, asked: Asked, folder: Path, prepared: Prepared, space: Space) -> Any:
    """The study, laid out if it is new: the usual settings wait to be tried first.

    Raises:
        UserError: the database cannot be used, or its trials are of something else.
    """
    url = asked.storage or f"sqlite:///{(folder / STUDY).resolve()}"
    study, new = _patiently_opened(optuna, asked, url)
    try:
        return _laid_out(study, new, url, asked, folder, prepared, space)
    except (ValueError, KeyError, TypeError, OverflowError) as error:  # what is kept there as JSON, or as a time
        raise UserError(f"the database {url} is damaged ({_first(error)}): restore it, or start a new search") from None
    except Exception as error:
        if not _is_of_the_database(error):
            raise
        raise UserError(f"the database {url} is damaged ({_first(error)}): restore it, or start a new search") from None


def _laid_out(study: Any, new: bool, url: str, asked: Asked, folder: Path, prepared: Prepared, space: Space) -> Any:
    """The study itself, if its trials are of what is searched; see `open_study`."""
    mine = _identity(prepared, space)
    name = f"the study '{asked.name}' in {url}" if asked.storage else f"the search in {folder}"
    mend = "give another `study`" if asked.storage else "restore that, or start a new search"
    known = None if new else _awaited(study)
    if known is not None and _tells(known, mine):
        if why := _other(known, mine):
            raise UserError(f"{name} {why}: {mend}")
    elif known is not None or any(t.state.name != "WAITING" for t in study.get_trials(deepcopy=False)):
        raise UserError(f"{name} does not say what its trials are of: {mend}")
    else:
        study.enqueue_trial({name: one.usual for name, one in space.items()}, skip_if_exists=True)
        study.set_user_attr(IDENTITY, mine)
    for trial in study.get_trials(deepcopy=False):
        # The folder is ours alone, so that whoever ran this is gone.
        if trial.state.name == "RUNNING" and (not asked.storage or trial.user_attrs.get(PLACE) == place(folder)):
            give_back(study, trial)
    return study


def place(folder: Path) -> str:
    """The folder, and the machine that it lies on."""
    import socket

    return f"{socket.gethostname()}:{folder.resolve()}"


def sampler_of(optuna: Any, asked: Asked, seed: int, number: int) -> Any:
    """The sampler of one trial: no two trials draw alike, in whichever process, and the same search draws the same."""
    keyed = step_seed(seed, number) % 2**32
    if asked.sampler == "random":
        return optuna.samplers.RandomSampler(seed=keyed)
    return optuna.samplers.TPESampler(seed=keyed, constant_liar=True)


def give_back(study: Any, trial: Any) -> None:
    """Let a trial that was cut off count for nothing, and its point be tried again."""
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    if trial.state == TrialState.RUNNING:
        try:
            study.tell(trial.number, state=TrialState.FAIL)
        except (ValueError, UpdateFinishedTrialError):  # another process has seen it, too
            return
    drawn = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
    tries = trial.user_attrs.get(TRIED, 1)
    if drawn and tries < TRIES:
        study.enqueue_trial(drawn, user_attrs={TRIED: tries + 1})


def is_void(trial: Any) -> bool:
    """Whether a trial counts for nothing: it was cut off, or was one too many."""
    return trial.state.name == "FAIL" and FAILED not in trial.user_attrs


def is_surplus(study: Any, trial: Any, most: int) -> bool:
    """Whether so many trials as are asked for have come before this one, of whichever process.

    Two processes may begin their last trial at the same moment; the database has numbered them one after the other.
    """
    before = [t for t in study.get_trials(deepcopy=False) if t.number < trial.number and not is_void(t)]
    return len(before) >= most


def begun(study: Any) -> int:
    """The trials that have been begun and count."""
    return sum(t.state.name != "WAITING" and not is_void(t) for t in study.get_trials(deepcopy=False))


def running(study: Any) -> int:
    """The trials that are under way."""
    return sum(t.state.name == "RUNNING" for t in study.get_trials(deepcopy=False))


def _patiently_opened(optuna: Any, asked: Asked, url: str) -> tuple[Any, bool]:
    for _ in range(5):  # another process may be laying the same database out
        with suppress(UserError):
            return _opened(optuna, asked, url)
        time.sleep(random.uniform(0.2, 1.0))
    return _opened(optuna, asked, url)


def _opened(optuna: Any, asked: Asked, url: str) -> tuple[Any, bool]:
    """The study, and whether it has been made just now; of several processes one makes it."""
    kind = optuna.storages.RDBStorage
    known = inspect.signature(kind.__init__).parameters  # Optuna has renamed it
    told = next(n for n in ("heartbeat_stale_trial_callback", "failed_trial_callback") if n in known)
    try:
        storage = kind(url, heartbeat_interval=HEARTBEAT, grace_period=3 * HEARTBEAT, **{told: give_back})
        pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=2, reduction_factor=3)
        try:
            return optuna.create_study(storage=storage, study_name=asked.name, pruner=pruner), True
        except optuna.exceptions.DuplicatedStudyError:
            return optuna.load_study(storage=storage, study_name=asked.name, pruner=pruner), False
    except (ImportError, ValueError, OSError, RuntimeError) as error:
        raise UserError(f"the database {url} cannot be used ({_first(error)}): give another `storage`") from None
    except Exception as error:
        if _is_of_the_database(error):
            raise UserError(f"the database {url} cannot be used ({_first(error)}): give another `storage`") from None
        raise


def _identity(prepared: Prepared, space: Space) -> dict[str, Any]:
    """What the trials of a search are of, as JSON keeps it."""
    settings = {k: v for k, v in prepared.task.settings.to_dict().items() if k not in OF_MACHINE}
    told = {
        "task": prepared.task.name,
        "data": data_fingerprint(prepared.examples.items),
        "settings": settings,
        "splits": fingerprint(dict(prepared.splits.of)),
        "space": {name: asdict(one) for name, one in space.items()},
    }
    return dict(json.loads(json.dumps(told, default=str)))


def _awaited(study: Any) -> dict[str, Any] | None:
    """What a study says it is of; who has made it just now may still be about to write it."""
    until = time.monotonic() + LAID_OUT
    while (known := study.user_attrs.get(IDENTITY)) is None and time.monotonic() < until:
        time.sleep(0.1)
    return known


def _tells(known: Any, mine: Mapping[str, Any]) -> bool:
    """Whether what a study says it is of can be compared: anybody may have written it."""
    if not isinstance(known, dict):
        return False
    return all(type(known.get(name)) is type(value) for name, value in mine.items())


def _other(known: Mapping[str, Any], mine: Mapping[str, Any]) -> str:
    """In which way a study is of something else, in words; empty where it is not."""
    if known["task"] != mine["task"]:
        return f"is of the task {known['task']} and not {mine['task']}"
    if known["data"] != mine["data"]:
        return "is of other data"
    was, now = known["settings"], mine["settings"]
    if differing := [name for name in {**was, **now} if was.get(name) != now.get(name)]:
        name = differing[0]
        return f"is of {name.replace('_', ' ')} {was.get(name)} and not {now.get(name)}"
    if known["splits"] != mine["splits"]:
        return "is of other splits of this data"
    if known["space"] != mine["space"]:
        return f"varies {', '.join(known['space'])} around other values, or more or less than them"
    return ""


def _is_of_the_database(error: BaseException) -> bool:
    """Whether SQLAlchemy or Optuna raised it."""
    return type(error).__module__.startswith(("sqlalchemy", "optuna"))


def _first(error: BaseException) -> str:
    """The first line of what is wrong; Optuna puts a guess of its own in front of what the database said."""
    error = error.__cause__ or error
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
