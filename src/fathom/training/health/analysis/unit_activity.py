"""Which units say nothing any more: dead ReLUs, and saturated tanhs and sigmoids.

A unit is dead that was 0 for every example of many batches; that many *outputs* of a layer are 0 is what a ReLU is for
(Glorot, Bordes & Bengio 2011; Lu et al., "Dying ReLU and Initialization", 2019).
"""

from __future__ import annotations

import math

import numpy as np

from fathom.training.health.analysis.selection import later_looks
from fathom.training.health.signals import Look, Signals, Units

MAX_DEAD_SHARE = 0.6
"""Share of a layer's units that may be dead."""

MIN_EXAMPLES = 150
"""Examples on which a unit must have been silent."""

MAX_SATURATED_AT_START = 0.3
"""Share of a layer's outputs that may lie at the flat ends at initialization …"""

MAX_SATURATED_LATER = 0.7
"""… and in the second half of a training."""


def most_dead_layer(signals: Signals, looks: list[Look]) -> tuple[str, float, int] | None:
    """The layer with the most dead units on all these looks: its name, their share, and how many units it has."""
    found: dict[str, list[Units]] = {}
    for look in looks:
        for units in look.units:
            if units.kind == "relu" and not units.shared:
                found.setdefault(units.name, []).append(units)
    judged = []
    for name, seen in found.items():
        if sum(units.examples for units in seen) < MIN_EXAMPLES or seen[0].units < 4:
            continue
        alive = 0
        for units in seen:
            alive |= int(units.alive, 16)
        judged.append((name, 1 - alive.bit_count() / seen[0].units, seen[0].units))
    return max(judged, key=lambda one: one[1], default=None)


def snapshots_for_dead_units(signals: Signals) -> list[Look]:
    """What dead units are looked for in: the later looks, and earlier ones until there are examples enough."""
    least, chosen, examples = len(later_looks(signals)), 0, 0
    for look in reversed(signals.looks):
        if chosen >= least and examples >= MIN_EXAMPLES:
            break
        chosen += 1
        examples += max((units.examples for units in look.units), default=0)
    return signals.looks[len(signals.looks) - chosen :]


def dead_from_the_start(signals: Signals, name: str) -> bool:
    """Whether that layer's units were dead on the first look already, before any step."""
    first = [units for look in signals.looks[:1] for units in look.units if units.name == name]
    return bool(first) and int(first[0].alive, 16).bit_count() < (1 - MAX_DEAD_SHARE) * first[0].units


def saturated_layer(signals: Signals) -> tuple[str, float, float] | None:
    """The first layer of which too much lies at the flat ends: its name, the share later, and that at first."""
    if len(signals.looks) < 3:
        return None
    first = {units.name: units.saturated for units in signals.looks[0].units if not units.shared}
    later: dict[str, list[float]] = {}
    for look in later_looks(signals):
        for units in look.units:
            if not units.shared and math.isfinite(units.saturated):
                later.setdefault(units.name, []).append(units.saturated)
    for name, shares in later.items():
        share, began = float(np.median(shares)), first.get(name, 0.0)
        if share > MAX_SATURATED_LATER or (began > MAX_SATURATED_AT_START and share > MAX_SATURATED_AT_START):
            return name, share, began
    return None
