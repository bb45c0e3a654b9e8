"""Weights that are used and not trained.

Such a fault breaks nothing: what is left of the net learns as well as it can, and the loss falls.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Idle, Signals

MIN_SNAPSHOTS = 3
"""Snapshots on which it must be so."""

MIN_STEPS = 10
"""Steps from the first to the last of them."""

MAX_NAMES = 4
"""Layers that are named."""

TITLES = {
    "frozen": "{} cannot learn, since requires_grad is off, and {} still as drawn at random",
    "no optimizer": "the optimizer was not given {}, and {} still as drawn at random",
    "no gradient": "no gradient reaches {}, and {} still as drawn at random",
    "not listed": "{} is used that model.parameters() does not list, and {} still as drawn at random",
}
"""For each reason."""


class UntrainedLayers(Check):
    """Layers that are used, and that nothing trains."""

    name: ClassVar[str] = "untrained_layers"
    lesson: ClassVar[str] = "autograd"
    meaning: ClassVar[str] = (
        "What these layers make of their input is chance, and stays so: the others can only learn what comes through."
    )
    advice: ClassVar[str] = (
        "Look for detach(), .data or no_grad() between them and the loss, for layers in a plain list (nn.ModuleList is "
        "for that), and for what the optimizer was given; layers that are frozen on purpose need trained weights."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished", "dead_units",
        "saturated_units", "wrong_initial_loss",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The same weights on all looks, without a change."""
        looks = [x for x in signals.looks if x.layers or x.idle]
        if len(looks) < MIN_SNAPSHOTS or looks[-1].step - looks[0].step < MIN_STEPS:
            return None
        kept: dict[str, Idle] = {one.name: one for one in looks[0].idle}
        for x in looks[1:]:
            now = {one.name: one for one in x.idle}
            kept = {name: one for name, one in kept.items() if name in now and now[name].mark == one.mark}
        if not kept:
            return None
        why = next(iter(kept.values())).why
        names = [name for name, one in kept.items() if one.why == why]
        shown = ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")
        title = TITLES[why].format(shown, "it is" if len(names) == 1 else "they are")
        return Detection(title, {"layers": list(kept), "why": why})
