"""Weights that are used and not trained, an optimizer that does not step, and gradients that are not cleared.

Such faults break nothing: what is left of the net learns as well as it can, and the loss falls.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Seen
from fathom.training.health.signals import Idle, Signals

FEWEST, LONG = 3, 10
"""Looks at which it must be so, and steps from the first to the last of them."""

NAMED = 4
"""Layers that are named."""

FOLLOWS = (
    "stagnating_loss", "labels_unrelated", "low_learning_rate", "vanishing_gradients", "unfinished", "dead_units",
    "saturated_units",
)  # fmt: skip

WHY = {
    "frozen": "{} cannot learn, since requires_grad is off, and {} still as drawn at random",
    "no optimizer": "the optimizer was not given {}, and {} still as drawn at random",
    "no gradient": "no gradient reaches {}, and {} still as drawn at random",
    "not listed": "{} is used that model.parameters() does not list, and {} still as drawn at random",
}


class Untrained(Check):
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
    explains: ClassVar[tuple[str, ...]] = (*FOLLOWS, "wrong_initial_loss")

    def look(self, signals: Signals) -> Seen | None:
        """The same weights on all looks, without a change."""
        looks = [x for x in signals.looks if x.layers or x.idle]
        if len(looks) < FEWEST or looks[-1].step - looks[0].step < LONG:
            return None
        kept: dict[str, Idle] = {one.name: one for one in looks[0].idle}
        for x in looks[1:]:
            now = {one.name: one for one in x.idle}
            kept = {name: one for name, one in kept.items() if name in now and now[name].mark == one.mark}
        if not kept:
            return None
        why = next(iter(kept.values())).why
        names = [name for name, one in kept.items() if one.why == why]
        shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
        title = WHY[why].format(shown, "it is" if len(names) == 1 else "they are")
        return Seen(title, {"layers": list(kept), "why": why})


class NotStepped(Check):
    """No weight has moved, since nothing steps them."""

    name: ClassVar[str] = "weights_not_stepped"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "The gradients are computed and nothing is done with them: the net is what it was at first."
    )
    advice: ClassVar[str] = (
        "Call optimizer.step() after loss.backward(), and give the optimizer the parameters of this very model, after "
        "it was built and moved to its device."
    )
    explains: ClassVar[tuple[str, ...]] = (*FOLLOWS, "untrained_layers")

    def look(self, signals: Signals) -> Seen | None:
        """Several looks after the first, all weights are as they were, and no step of the optimizer was seen."""
        if signals.still < FEWEST or signals.losses.steps < LONG or not (signals.unowned or not signals.stepped):
            return None
        steps = f"in {signals.losses.steps:,} steps no weight has moved"
        title = "the optimizer has none of the net's weights" if signals.unowned else "the optimizer was never stepped"
        return Seen(f"{title}: {steps}", {"steps": signals.losses.steps})


class NotCleared(Check):
    """The gradient of each step is added to those of all before it."""

    name: ClassVar[str] = "gradients_not_cleared"
    lesson: ClassVar[str] = "optimizers"
    meaning: ClassVar[str] = (
        "Each step goes along the sum of all gradients so far, most of them of weights long gone: the training gathers "
        "speed and shoots past."
    )
    advice: ClassVar[str] = "Call optimizer.zero_grad() once for each step, before loss.backward()."
    explains: ClassVar[tuple[str, ...]] = (
        *FOLLOWS, "high_learning_rate", "oscillating_loss", "diverging_loss", "exploding_gradients", "not_finite",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """On all looks the gradient of the step before still lay there."""
        asked = [look.stale for look in signals.looks if look.stale in (0.0, 1.0)]
        if len(asked) < FEWEST or not all(asked):
            return None
        return Seen(
            f"at each of {len(asked)} backward passes the gradient of the step before still lay in the weights",
            {"looks": len(asked)},
        )
