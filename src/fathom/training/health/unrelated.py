"""Labels that do not depend on the inputs, as far as a training can tell.

If nothing else is wrong and the loss stays where it is for one who knows the classes' shares alone, the inputs say
nothing about the labels: perhaps the two were read in different orders. What was answered must be no better than
chance, too: even where labels are so noisy that the loss hardly falls, the answers are.
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.check import Check, Seen
from fathom.training.health.rate import CREEP, largest_update
from fathom.training.health.signals import Signals

ENOUGH = 200
"""Steps after which a net with healthy gradients should have learned something."""

SEEN = 150
"""Answers that must have been looked at."""

AT_FIRST, AT_LAST = 0.99, 0.966
"""Shares of chance from which on the loss has not left it: soon after the beginning, and at the end, when a net may
have learned some examples by heart. Where four of ten labels are wrong the best loss is 0.971 of it, and nets that
learn them get below that in the end.
"""

NO_BETTER = 1.5
"""Standard errors by which the answers may be better than always the most frequent class."""


class Unrelated(Check):
    """The loss stays at chance, although the steps are of a healthy size."""

    name: ClassVar[str] = "labels_unrelated"
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "The net learns the shares of the classes and nothing else: inputs and labels may have been paired wrongly, as "
        "when one of two lists was sorted or shuffled alone."
    )
    advice: ClassVar[str] = "Look at ten examples with their labels, just as the net is given them."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss",)

    def look(self, signals: Signals) -> Seen | None:
        """Ask that the steps were large enough to learn with, that the labels were seen, and what was answered."""
        losses, known = signals.losses, signals.chance()
        if losses.steps < ENOUGH or not math.isfinite(known) or signals.loss not in ("cross-entropy", "binary"):
            return None
        ended = float(losses.windows(10)[-1])
        begun = float(losses.windows(10)[1:4].mean())
        if not ended >= AT_LAST * known or not begun >= AT_FIRST * known or not largest_update(signals) >= CREEP:
            return None
        better, seen = signals.advantage()
        if seen < SEEN or not better < NO_BETTER:
            return None
        blind = f"of one who has not seen the input it is {known:.3g}"
        no_better = "and it answered no better than always with the most frequent class"
        title = f"after {losses.steps:,} steps the loss is {ended:.3g}, {blind}; {no_better}"
        return Seen(title, {"last": ended, "chance": known})
