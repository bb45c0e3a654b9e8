"""Labels of train and dev that are in doubt: judged out of fold, and kept beside the run so that it is asked once only.

The judges learn from train alone, as what they doubt of it decides a remedy that dev judges; test is left out of it.

The judges are the run's net with its usual settings, not with those of the run: where the rate is wrong or the training
too short, its nets would doubt what they have not learned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fathom.coaching.run_context import Case
from fathom.records import Settings
from fathom.runs.label_errors import FEWEST_EPOCHS, FOLDS, ROUNDS, SHORTER, suspicious
from fathom.runs.request import OF_THE_NET
from fathom.training.loop import Watcher

NAME = "doubts.json"
OVERHEAD = 0.7
"""Seconds of each training of a judge besides its epochs."""


def doubts(case: Case, watcher: Watcher | None = None) -> frozenset[str]:
    """Ids of the examples of train and dev whose labels are in doubt.

    Raises:
        UserError: labels of this task cannot be judged, or there are too few.
        MissingExtra: the library that flags is not installed.
    """
    if case.run.has(NAME):
        return frozenset(str(name) for name in case.run.read_json(NAME))
    train, dev = (set(case.splits.ids(split)) for split in ("train", "dev"))
    kind, told = type(case.task), watcher or Watcher()
    found = suspicious(kind, case.source, told, _usual(case), learn=train, beside=dev)
    case.run.write_json(NAME, sorted(s.id for s in found.suspects))
    return frozenset(s.id for s in found.suspects)


def seconds(case: Case) -> float:
    """About how long the judging takes; nothing where it was done."""
    if case.run.has(NAME):
        return 0.0
    usual = case.reader.like(_usual(case)).defaults(case.of("train")).get("epochs") or case.settings.epochs or 1
    epochs = max(FEWEST_EPOCHS, SHORTER * usual)
    return ROUNDS * FOLDS * (OVERHEAD + epochs * case.seconds / max(1, case.settings.epochs or 1))


def doubtful(case: Case) -> frozenset[str]:
    """Those of train, where the labels were judged; none where that would have taken too long."""
    return doubts(case) & set(case.splits.ids("train")) if case.run.has(NAME) else frozenset()


def _usual(case: Case) -> Settings:
    nothing: dict[str, Any] = {**dict.fromkeys(OF_THE_NET), "budget": None}
    return replace(case.asked(), **nothing)
