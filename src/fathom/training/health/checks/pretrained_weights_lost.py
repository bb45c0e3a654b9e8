"""A net that is said to come with trained weights, and whose weights are as drawn at random.

They were initialized once more after they had been loaded; or a file was loaded that has them under other names, and
what was missing and what was left over was not looked at (``strict=False``).
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_WEIGHTS = 3
"""That were looked at."""


class PretrainedWeightsLost(Check):
    """Every weight of a pretrained net that can be told is as it was drawn."""

    name: ClassVar[str] = "pretrained_weights_lost"
    lesson: ClassVar[str] = "fine-tuning"
    meaning: ClassVar[str] = (
        "Nothing of what the net had learned before is in it. It begins anew, with settings that were made for "
        "fine-tuning: few examples, few epochs and a small learning rate."
    )
    advice: ClassVar[str] = (
        "Load the weights after all initialization. Look at what load_state_dict says of missing and unexpected names; "
        "do not use strict=False without it. A prefix such as module. may be in the way."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "unfinished", "low_learning_rate", "stagnating_loss", "labels_unrelated", "head_hardly_moves",
        "wrong_initial_loss", "dead_units",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The weights before the first step."""
        drawn, asked = signals.details.drawn_weights
        if not signals.pretrained or asked < MIN_WEIGHTS or drawn < asked:
            return None
        title = f"the net is said to be pretrained, and all {asked} of its weights that were looked at are as drawn"
        return Detection(f"{title} at random", {"weights": asked})
