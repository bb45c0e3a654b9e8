"""A dropout that leaves next to nothing.

Half of the units is what its inventors dropped of hidden layers, and a fifth of inputs (Srivastava et al. 2014,
"Dropout: A Simple Way to Prevent Neural Networks from Overfitting"); beyond that the net cannot fit its own examples.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import baseline_loss
from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_DROPOUT = 0.8
"""Share of the units that may be dropped."""

MIN_STEPS = 50
"""Steps after which the loss tells …"""

STILL_HIGH_SHARE = 0.3
"""… and the share of what knowing nothing costs that it must end above."""


class HeavyDropout(Check):
    """A dropout drops nearly all, and the loss stays high."""

    name: ClassVar[str] = "heavy_dropout"
    cause: ClassVar[str] = "the dropout is too strong"
    severity = "warning"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = (
        "Dropout removes so many units at each step that the net cannot fit its own training examples."
    )
    advice: ClassVar[str] = "Use a dropout of at most 0.5, and none (--dropout 0) until the train error is low."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "low_learning_rate", "unfinished", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """Its share, and where the loss ends."""
        losses = signals.losses
        if (
            signals.dropout <= MAX_DROPOUT
            or losses.steps < MIN_STEPS
            or losses.first_nonfinite_step is not None
            or may_be_negative(signals)
        ):
            return None
        end = float(losses.windows(10)[-1])
        if not end > STILL_HIGH_SHARE * baseline_loss(signals):
            return None
        title = f"{100 * signals.dropout:.0f} % of the units are dropped, and the loss ends at {end:.3g}"
        return Detection(title, {"dropped": signals.dropout, "last_loss": end})
