"""Labels of train and dev that are in doubt: judged out of fold, and kept beside the run so that it is asked once only.

The judges learn from train alone, as what they doubt of it decides a remedy that dev judges; test is left out of it.

The judges are the run's net with its usual settings, not with those of the run: where the rate is wrong or the training
too short, its nets would doubt what they have not learned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fathom.coaching.run_context import RunContext
from fathom.declared_options import suited_to_the_net
from fathom.progress import Watcher
from fathom.records import Settings
from fathom.runs.file_schemas import checked
from fathom.runs.label_error_search import EPOCH_SHARE, FOLDS, MIN_EPOCHS, ROUNDS, find_label_errors

FILE_NAME = "doubts.json"
OVERHEAD_SECONDS = 0.7
"""Seconds of each training of a judge besides its epochs."""


def suspected_labels(context: RunContext, watcher: Watcher | None = None) -> frozenset[str]:
    """Ids of the examples of train and dev whose labels are in doubt.

    Raises:
        UserError: labels of this task cannot be judged, or there are too few.
        MissingExtra: the library that flags is not installed.
    """
    if context.run.has(FILE_NAME):
        listed = checked(context.run.read_json(FILE_NAME), list[str], context.run.path / FILE_NAME, "it")
        return frozenset(listed)
    train, dev = (set(context.splits.ids(split)) for split in ("train", "dev"))
    kind, told = type(context.task), watcher or Watcher()
    found = find_label_errors(kind, context.source, told, _usual(context), learn=train, judge_only=dev)
    context.run.write_json(FILE_NAME, sorted(s.id for s in found.suspects))
    return frozenset(s.id for s in found.suspects)


def seconds(context: RunContext) -> float:
    """About how long the judging takes; nothing where it was done."""
    if context.run.has(FILE_NAME):
        return 0.0
    usual = (
        context.reader.clone(_usual(context)).defaults(context.of("train")).get("epochs")
        or context.settings.epochs
        or 1
    )
    epochs = max(MIN_EPOCHS, EPOCH_SHARE * usual)
    return ROUNDS * FOLDS * (OVERHEAD_SECONDS + epochs * context.seconds / max(1, context.settings.epochs or 1))


def suspected_in_train(context: RunContext) -> frozenset[str]:
    """Those of train, where the labels were judged; none where that would have taken too long."""
    return suspected_labels(context) & set(context.splits.ids("train")) if context.run.has(FILE_NAME) else frozenset()


def _usual(context: RunContext) -> Settings:
    nothing: dict[str, Any] = {**dict.fromkeys(suited_to_the_net()), "budget": None}
    return replace(context.asked(), **nothing)
