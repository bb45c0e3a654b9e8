"""Gradients that are added up, since nothing clears them."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""Snapshots on which it must be so."""

MIN_SHARE = 0.3
"""Of those looked at, where some are cleared: once in an epoch, or once for several steps."""


class GradientsNotCleared(Check):
    """The gradient of each step is added to those of all before it."""

    name: ClassVar[str] = "gradients_not_cleared"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "Gradients add up over all steps so far. Each step also follows the gradients of old weights, so it "
        "goes too far."
    )
    advice: ClassVar[str] = "Call optimizer.zero_grad() once for each step, before loss.backward()."
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished", "dead_units",
        "saturated_units", "high_learning_rate", "oscillating_loss", "diverging_loss", "exploding_gradients",
        "not_finite",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On all snapshots the gradient of the step before still lay there; of several optimizers, in one's weights."""
        several = len(signals.steps_of_optimizers) > 1
        for place, (looks, stale) in enumerate(signals.details.stale_looks if several else []):
            if looks >= MIN_SNAPSHOTS and stale == looks:
                names = signals.weights_of_optimizers[place : place + 1]
                which = f"optimizer {place + 1}" + (f" ({names[0]} and others)" if names and names[0] else "")
                title = f"at each of {looks} backward passes the last gradient was still there"
                return Detection(f"{title}, in the weights of {which}", {"looks": looks, "optimizer": place + 1})
        asked = [snapshot.stale_gradient for snapshot in signals.snapshots if snapshot.stale_gradient in (0.0, 1.0)]
        if len(asked) < MIN_SNAPSHOTS or not all(asked):
            return _now_and_then(asked)
        return Detection(
            f"at each of {len(asked)} backward passes the gradient of the step before was still there",
            {"looks": len(asked)},
        )


def _now_and_then(asked: list[float]) -> Detection | None:
    """They are cleared at some steps only."""
    stale = round(sum(asked))
    if stale < MIN_SNAPSHOTS or stale < MIN_SHARE * len(asked):
        return None
    title = (
        f"at {stale} of {len(asked)} backward passes the gradient of the step before was still there: gradients are "
        "not cleared for each step"
    )
    return Detection(title, {"looks": len(asked), "stale": stale})
