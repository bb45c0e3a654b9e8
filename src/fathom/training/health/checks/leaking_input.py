"""A column of the inputs that is the target."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS, MIN_EXAMPLES = 4, 100
"""Batches, and examples in them, of which all must show it."""


class LeakingInput(Check):
    """One column goes with the target exactly."""

    name: ClassVar[str] = "leaking_input"
    cause: ClassVar[str] = "the target is among the inputs"
    severity = "warning"
    lesson: ClassVar[str] = "target-leakage"
    meaning: ClassVar[str] = (
        "The net learns to copy one input column. If dev has this column too, the dev figure does not show "
        "the problem. In use, without the column, the net fails."
    )
    advice: ClassVar[str] = "Remove the column from the inputs, unless you know its value when you ask the net."

    def run(self, signals: Signals) -> Detection | None:
        """The same column on each snapshot."""
        seen = [one for one in signals.snapshots if one.target_column > -2]
        if signals.loss_kind not in ("squared", "cross-entropy") or len(seen) < MIN_SNAPSHOTS:
            return None
        columns, examples = {one.target_column for one in seen}, sum(one.batch_size for one in seen)
        if len(columns) != 1 or min(columns) < 0 or examples < MIN_EXAMPLES:
            return None
        column = min(columns)
        title = f"column {column} (from 0) determines the target in all {examples} examples looked at"
        return Detection(title, {"column": column, "examples": examples})
