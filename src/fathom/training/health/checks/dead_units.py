"""ReLUs that are 0 whatever the input."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

from fathom.training.health.analysis.baseline_loss import highest_baseline_loss
from fathom.training.health.analysis.relative_gradient import relative_gradient
from fathom.training.health.analysis.unit_activity import (
    MAX_DEAD_SHARE,
    dead_from_the_start,
    most_dead_layer,
    snapshots_for_dead_units,
)
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

NEARLY_ALL_DEAD = 0.9
"""Of units that died on the way so many must be dead …"""

LEARNED_SHARE = 0.5
"""… where the loss fell below this share of the first …"""

MIN_UNITS_LEFT, MIN_LEFT_PER_OUTPUT, ENOUGH_LEFT_SHARE = 8, 2, 0.2
"""Units that are left, for each output as well, and their share, that do the work of a small layer …"""

WELL_LEARNED_SHARE = 0.1
"""… and none need be said where it fell below this one."""

MIN_LAYERS, MAX_RATIO, MAX_ONE_FALL = 8, 1e-4, 0.5
"""Layers, the first half's gradient by the last one's, and the share of that fall which lies between two of them."""


class DeadUnits(Check):
    """Most units of a layer are 0 whatever the input."""

    name: ClassVar[str] = "dead_units"
    cause: ClassVar[str] = "dead units"
    lesson: ClassVar[str] = "activations"
    meaning: ClassVar[str] = (
        "These ReLU units give 0 for every input. Then their gradient is 0, and the weights before them do not change."
    )
    advice: ClassVar[str] = (
        "Start the biases at 0, lower the learning rate, put a normalization layer before the ReLU, or use "
        "leaky ReLU or GELU."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "vanishing_gradients", "low_learning_rate", "oscillating_loss",
        "input_unread",
        "gradients_zero",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Which units were silent on all of the later snapshots."""
        worst = most_dead_layer(signals, snapshots_for_dead_units(signals))
        if worst is None or worst[1] <= MAX_DEAD_SHARE:
            return None
        name, share, units = worst
        losses, early = signals.losses, dead_from_the_start(signals, name)
        ended = float(losses.windows(5)[-1])
        least, start = WELL_LEARNED_SHARE if share > NEARLY_ALL_DEAD else LEARNED_SHARE, highest_baseline_loss(signals)
        if ended < WELL_LEARNED_SHARE * start:
            return None  # as in a training that is gone on with
        left = round((1 - share) * units)
        enough = left >= max(MIN_UNITS_LEFT, MIN_LEFT_PER_OUTPUT * signals.classes) and left > ENOUGH_LEFT_SHARE * units
        if enough and (signals.pretrained or ended < LEARNED_SHARE * start):
            return None  # as in a net that had learned with them, or learns
        if not early and math.isfinite(ended) and ended < least * losses.first:
            return None  # what is left of them does the work
        if early and _falls_all_the_way(signals):
            return None  # the gradient is lost from layer to layer, and not here
        title = f"{100 * share:.0f} % of the {units} units behind {name} gave 0 for every example"
        return Detection(title, {"layer": name, "share": share, "from_the_start": early})


def _falls_all_the_way(signals: Signals) -> bool:
    """Whether the first gradient gets weaker from layer to layer through a deep net, and at no single one by most.

    Each layer as it is drawn makes the signal weaker, and some units of the later ones lie on one side by their bias.
    """
    layers = [one for one in signals.snapshots[0].layers if one.weight_norm > 0] if signals.snapshots else []
    steep = [relative_gradient(one) for one in layers]
    if len(steep) < MIN_LAYERS or not all(0 < one < math.inf for one in steep):
        return False
    fall = math.log(steep[-1] / max(steep[: len(steep) // 2]))
    largest = max(math.log(after / before) for before, after in pairwise(steep))
    return fall > -math.log(MAX_RATIO) and largest < MAX_ONE_FALL * fall
