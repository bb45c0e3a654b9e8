"""Labels that are in doubt: judged out of fold, and kept beside the run so that it is asked once only."""

from __future__ import annotations

from fathom.coaching.case import Case
from fathom.runs.labels import suspicious
from fathom.training.loop import Watcher

NAME = "doubtful.json"


def doubts(case: Case, watcher: Watcher | None = None) -> frozenset[str]:
    """Ids of the examples whose labels are in doubt.

    Raises:
        UserError: labels of this task cannot be judged, or there are too few.
        MissingExtra: the library that flags is not installed.
    """
    if case.run.has(NAME):
        return frozenset(str(name) for name in case.run.read_json(NAME))
    found = suspicious(type(case.task), case.source, watcher or Watcher(), case.asked())
    case.run.write_json(NAME, sorted(s.id for s in found.suspects))
    return frozenset(s.id for s in found.suspects)


def doubtful(case: Case, watcher: Watcher | None = None) -> frozenset[str]:
    """Those of train."""
    return doubts(case, watcher) & set(case.splits.ids("train"))
