"""Inputs, or parts of them, on which no answer depends."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_STEPS_IF_ONCE = 50
"""Steps before the only time that it was asked: what begins at 0 reads nothing before it has moved."""


class InputUnread(Check):
    """No answer is another when parts of the input are exchanged between examples."""

    name: ClassVar[str] = "input_unread"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "The output of the net does not change with this part of the input. So the net cannot learn from it."
    )
    advice: ClassVar[str] = (
        "Look at what the last layer is given. Of a recurrent net out[:, -1] is the last step and out[:, 0] "
        "the first; batch_first says which axis is time. A name that is used twice may hold another tensor "
        "than the input."
    )
    explains: ClassVar[tuple[str, ...]] = ("labels_unrelated", "stagnating_loss", "unfinished", "low_learning_rate")

    def run(self, signals: Signals) -> Detection | None:
        """The same each time that it was asked."""
        found = signals.unread_inputs
        once = len(found) == 1 and signals.first_evaluation < MIN_STEPS_IF_ONCE
        if not found or once or len(set(found)) != 1 or not found[0]:
            return None
        if found[0] == "all of it":
            title = "the answer does not depend on the input: with the inputs of other examples it stays the same"
        else:
            title = f"the answer does not depend on its input {found[0].replace('all but', 'except')}"
        return Detection(title, {"unread": found[0], "asked": len(found)})
