"""A softmax over an axis of one number, which is 1 whatever the number is: attention that weighs nothing."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class SoftmaxOverOne(Check):
    """Each place has a softmax of its own score alone."""

    name: ClassVar[str] = "softmax_over_one"
    lesson: ClassVar[str] = "attention"
    meaning: ClassVar[str] = (
        "A softmax over one number is always 1. So all places count alike, and the layers that make the scores never "
        "learn."
    )
    advice: ClassVar[str] = (
        "Take the softmax over the axis of the places: for scores of shape (batch, places, 1) that is softmax(dim=1). "
        "The weights must sum to 1 over the places."
    )
    explains: ClassVar[tuple[str, ...]] = ("labels_unrelated", "stagnating_loss", "unfinished", "untrained_layers")

    def run(self, signals: Signals) -> Detection | None:
        """As the graph of the loss shows."""
        places = signals.details.lone_softmax
        if not places:
            return None
        title = (
            f"the attention takes its softmax over an axis of one number: all {places} places have the weight 1, always"
        )
        return Detection(title, {"places": places})
