"""Remedies that change which columns of a table are learned from."""

from __future__ import annotations

from typing import ClassVar

from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext
from fathom.coaching.useless_columns import useless_columns
from fathom.tasks.table.tabular import Table

SHOWN = 3
"""Columns that are named."""


class FewerColumns(Remedy):
    """Learning without the columns that do not help."""

    name: ClassVar[str] = "fewer_columns"
    title: ClassVar[str] = "leave out the columns that do not help"
    why: ClassVar[str] = "Among many useless columns the net finds patterns that hold for the training rows only."
    lesson: ClassVar[str] = "bias-and-variance"
    against: ClassVar[frozenset[str]] = frozenset({"variance", "below_baseline"})

    def probe(self, context: RunContext) -> Change | None:
        """For tables where bias is not what limits the net; the columns are chosen on train, see `useless_columns`."""
        task = context.task
        if not isinstance(task, Table) or context.module is not None or context.limits == "bias":
            return None
        found = [name for name in useless_columns(task, context.of("train"), context.settings.seed) if "," not in name]
        if not found or len(found) == len(task.used_columns):
            return None
        return Change({"options": {"drop": (*task.asked_to_drop(), *found)}})

    def describe(self, context: RunContext, change: Change) -> str:
        """How many they are, and which are the first."""
        names = change.settings["options"]["drop"]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        what = "the column that does not help" if len(names) == 1 else f"{len(names)} columns that do not help"
        return f"leave out {what}: {', '.join(names[:SHOWN])}{more}"
