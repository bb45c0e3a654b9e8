"""Numbers of the answer that the loss never looks at."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.first_numbers import first_numbers
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 5
"""On each of which the same outputs must have no gradient."""


class OutputsLeftOut(Check):
    """Some outputs have no gradient, whatever the batch."""

    name: ClassVar[str] = "outputs_left_out"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = "The loss does not depend on these outputs. So they stay at chance."
    advice: ClassVar[str] = (
        "Check how the losses of several tasks are added (loss += one, not loss = one). Check the columns or "
        "the mask that the loss uses."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished",)

    def run(self, signals: Signals) -> Detection | None:
        """Those that were so on each of the first snapshots."""
        seen = [one.answer_gradient for one in signals.snapshots if one.output_rms == one.output_rms and one.step < 30]
        if len(seen) < MIN_SNAPSHOTS or any(one.is_zero for one in seen):
            return None
        silent = set.intersection(*(set(one.silent_outputs) for one in seen))
        if not silent:
            return None
        names = sorted(silent)
        shown = first_numbers(names)
        which = f"output {shown} has" if len(names) == 1 else f"outputs {shown} have"
        title = f"{which} no gradient on any of {len(seen)} steps looked at: the loss does not use them"
        return Detection(title, {"outputs": names, "looks": len(seen)})
