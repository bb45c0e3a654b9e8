"""Units that say nothing any more: dead ReLUs, and saturated tanhs and sigmoids.

A unit is dead that was 0 for every example of many batches; that many *outputs* of a layer are 0 is what a ReLU is for,
and is not told (Glorot, Bordes & Bengio 2011; Lu et al., "Dying ReLU and Initialization", 2019).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Seen
from fathom.training.health.signals import Look, Signals, Units

MOST_DEAD = 0.6
"""Share of a layer's units that may be dead."""

NEARLY_ALL, LEARNED = 0.9, 0.5
"""Of units that died on the way so many must be dead, where the loss fell below this share of the first."""

ENOUGH = 150
"""Examples on which a unit must have been silent."""

FLAT_AT_FIRST, FLAT_LATER = 0.3, 0.7
"""Share of a layer's outputs that may lie at the flat ends, at initialization and in the second half of a training."""


class Dead(Check):
    """Most units of a layer are 0 whatever the input."""

    name: ClassVar[str] = "dead_units"
    cause: ClassVar[str] = "dead units"
    lesson: ClassVar[str] = "activations"
    meaning: ClassVar[str] = (
        "A ReLU that is 0 for every input passes no gradient, so that the weights before it never change again."
    )
    advice: ClassVar[str] = (
        "Let the biases begin at 0, lower the learning rate, put a normalization layer before the ReLU, or use leaky "
        "ReLU or GELU."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "vanishing_gradients", "low_learning_rate", "oscillating_loss",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """Which units were silent on all of the later looks."""
        worst = most_dead(signals, enough(signals))
        if worst is None or worst[1] <= MOST_DEAD:
            return None
        name, share, units = worst
        losses, early = signals.losses, from_the_start(signals, name)
        ended = float(losses.windows(5)[-1])
        if not early and share < NEARLY_ALL and math.isfinite(ended) and ended < LEARNED * losses.first:
            return None  # what is left of them does the work
        title = f"{100 * share:.0f} % of the {units} units behind {name} were 0 for every example"
        return Seen(title, {"layer": name, "share": share, "from_the_start": early})


def most_dead(signals: Signals, looks: list[Look]) -> tuple[str, float, int] | None:
    """The layer with the most dead units on all these looks: its name, their share, and how many units it has."""
    found: dict[str, list[Units]] = {}
    for look in looks:
        for units in look.units:
            if units.kind == "relu" and not units.shared:
                found.setdefault(units.name, []).append(units)
    judged = []
    for name, seen in found.items():
        if sum(units.examples for units in seen) < ENOUGH or seen[0].units < 4:
            continue
        alive = 0
        for units in seen:
            alive |= int(units.alive, 16)
        judged.append((name, 1 - alive.bit_count() / seen[0].units, seen[0].units))
    return max(judged, key=lambda one: one[1], default=None)


def enough(signals: Signals) -> list[Look]:
    """What dead units are looked for in: the later looks, and earlier ones until there are examples enough."""
    least, chosen, examples = len(signals.later()), 0, 0
    for look in reversed(signals.looks):
        if chosen >= least and examples >= ENOUGH:
            break
        chosen += 1
        examples += max((units.examples for units in look.units), default=0)
    return signals.looks[len(signals.looks) - chosen :]


def from_the_start(signals: Signals, name: str) -> bool:
    """Whether that layer's units were dead on the first look already, before any step."""
    first = [units for look in signals.looks[:1] for units in look.units if units.name == name]
    return bool(first) and int(first[0].alive, 16).bit_count() < (1 - MOST_DEAD) * first[0].units


class Saturated(Check):
    """Most outputs of a tanh or sigmoid layer lie at its flat ends."""

    name: ClassVar[str] = "saturated_units"
    cause: ClassVar[str] = "saturated units"
    lesson: ClassVar[str] = "activations"
    meaning: ClassVar[str] = (
        "Where the function is flat its slope is nearly 0, so that the layers before it hardly learn."
    )
    advice: ClassVar[str] = (
        "Initialize with Glorot's scale, scale the inputs, put a normalization layer before the activation, or use "
        "ReLU or GELU."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "vanishing_gradients", "stagnating_loss", "low_learning_rate", "labels_unrelated", "oscillating_loss",
        "wrong_initial_loss", "exploding_gradients",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """At initialization, and still later; or most of them later, however they began."""
        flat = flat_ends(signals)
        if flat is None:
            return None
        name, share, began = flat
        title = f"{100 * share:.0f} % of the outputs behind {name} lie at the flat ends ({100 * began:.0f} % at first)"
        return Seen(title, {"layer": name, "share": share, "at_first": began})


def flat_ends(signals: Signals) -> tuple[str, float, float] | None:
    """The first layer of which too much lies at the flat ends: its name, the share later, and that at first."""
    if len(signals.looks) < 3:
        return None
    first = {units.name: units.saturated for units in signals.looks[0].units if not units.shared}
    later: dict[str, list[float]] = {}
    for look in signals.later():
        for units in look.units:
            if not units.shared and math.isfinite(units.saturated):
                later.setdefault(units.name, []).append(units.saturated)
    for name, shares in later.items():
        share, began = float(np.median(shares)), first.get(name, 0.0)
        if share > FLAT_LATER or (began > FLAT_AT_FIRST and share > FLAT_AT_FIRST):
            return name, share, began
    return None
