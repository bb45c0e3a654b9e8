"""Frozen weights that the optimizer moves all the same."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS = 3
"""Steps that were looked at, on each of which one must have moved."""


class FrozenWeightsMove(Check):
    """Weights that require no gradient are changed by each step."""

    name: ClassVar[str] = "frozen_weights_move"
    lesson: ClassVar[str] = "fine-tuning"
    meaning: ClassVar[str] = (
        "The optimizer still has these weights. It moves them by weight decay or momentum, though no gradient says "
        "where they should go. So what was learned before fades."
    )
    advice: ClassVar[str] = (
        "Give the optimizer the trainable weights only: [p for p in model.parameters() if p.requires_grad]. Or set the "
        "gradients of frozen weights to None."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "diverging_loss", "weights_shrunk", "stagnating_loss", "oscillating_loss", "labels_unrelated",
        "high_learning_rate", "vanishing_gradients", "unfinished",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """On all steps that were looked at."""
        looks, moved, name = signals.details.frozen_moved
        if looks < MIN_LOOKS or moved < looks:
            return None
        title = f"{name} is frozen, but each of {looks} steps looked at moved it: by weight decay or an old gradient"
        return Detection(title, {"weight": name, "looks": looks})
