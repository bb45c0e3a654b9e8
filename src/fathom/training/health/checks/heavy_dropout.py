"""A dropout that leaves next to nothing.

Half of the units is what its inventors dropped of hidden layers, and a fifth of inputs (Srivastava et al. 2014,
"Dropout: A Simple Way to Prevent Neural Networks from Overfitting"); beyond that the net cannot fit its own examples.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Seen
from fathom.training.health.signals import Signals

MUCH = 0.8
"""Share that is dropped."""

FAR, FEWEST = 0.3, 50
"""The share of what knowing nothing costs that the loss must end above, and the steps after which that tells."""


class HeavyDropout(Check):
    """A dropout drops nearly all, and the loss stays high."""

    name: ClassVar[str] = "heavy_dropout"
    cause: ClassVar[str] = "the dropout is too strong"
    severity = "warning"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = "So few units are left on each step that the net cannot fit its own training examples."
    advice: ClassVar[str] = "Drop a half of the units at most, and none as long as train itself is not learned."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "low_learning_rate", "unfinished", "labels_unrelated")

    def look(self, signals: Signals) -> Seen | None:
        """Its share, and where the loss ends."""
        losses = signals.losses
        if signals.dropped <= MUCH or losses.steps < FEWEST or losses.lost is not None or signals.signed():
            return None
        end = float(losses.windows(10)[-1])
        if not end > FAR * signals.knowing_nothing():
            return None
        title = f"{100 * signals.dropped:.0f} % of the units are dropped, and the loss ends at {end:.3g}"
        return Seen(title, {"dropped": signals.dropped, "last_loss": end})
