"""Which units say nothing any more: dead ReLUs, and saturated tanhs and sigmoids.

A unit is dead that was 0 for every example of many batches; that many *outputs* of a layer are 0 is what a ReLU is for
(Glorot, Bordes & Bengio 2011; Lu et al., "Dying ReLU and Initialization", 2019).
"""

from __future__ import annotations

import math

import numpy as np

from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.analysis.selection import later_snapshots
from fathom.training.health.signals import ActivationStats, Signals, Snapshot

MAX_DEAD_SHARE = 0.6
"""Share of a layer's units that may be dead."""

MIN_EXAMPLES = 150
"""Examples on which a unit must have been silent."""

MAX_SATURATED_AT_START = 0.3
"""Share of a layer's outputs that may lie at the flat ends at initialization …"""

MAX_SATURATED_LATER = 0.7
"""… and in the second half of a training."""

MIN_HIDDEN_UNITS = 4
"""Units of a hidden layer: fewer are a gate, or the stretch of a coupling, and may well be meant to lie at an end."""


def most_dead_layer(signals: Signals, snapshots: list[Snapshot]) -> tuple[str, float, int] | None:
    """The layer with the most dead units on all these snapshots: its name, their share, and how many units it has."""
    found: dict[str, list[ActivationStats]] = {}
    for snapshot in snapshots:
        for units in snapshot.activations:
            if units.function == "relu" and not units.is_shared:
                found.setdefault(units.name, []).append(units)
    shares = []
    for name, seen in found.items():
        if sum(units.examples for units in seen) < MIN_EXAMPLES or seen[0].units < 4:
            continue
        alive = 0
        for units in seen:
            alive |= int(units.alive_bits, 16)
        shares.append((name, 1 - alive.bit_count() / seen[0].units, seen[0].units))
    return max(shares, key=lambda one: one[1], default=None)


def snapshots_for_dead_units(signals: Signals) -> list[Snapshot]:
    """What dead units are looked for in: the later snapshots, and earlier ones until there are examples enough."""
    least, chosen, examples = len(later_snapshots(signals)), 0, 0
    for snapshot in reversed(signals.snapshots):
        if chosen >= least and examples >= MIN_EXAMPLES:
            break
        chosen += 1
        examples += max((units.examples for units in snapshot.activations), default=0)
    return signals.snapshots[len(signals.snapshots) - chosen :]


def dead_from_the_start(signals: Signals, name: str) -> bool:
    """Whether that layer's units were dead on the first snapshot already, before any step."""
    first = [units for snapshot in signals.snapshots[:1] for units in snapshot.activations if units.name == name]
    return bool(first) and int(first[0].alive_bits, 16).bit_count() < (1 - MAX_DEAD_SHARE) * first[0].units


def saturated_layer(signals: Signals) -> tuple[str, float, float] | None:
    """The first layer of which too much lies at the flat ends: its name, the share later, and that at first."""
    if len(signals.snapshots) < 3:
        return None
    first = {units.name: units.saturated_share for units in signals.snapshots[0].activations if not units.is_shared}
    is_likelihood = may_be_negative(signals)  # as of a flow, whose bounded stretches reach their ends when it fits well
    few = {units.name for units in signals.snapshots[0].activations if units.units < MIN_HIDDEN_UNITS}
    later: dict[str, list[float]] = {}
    for snapshot in later_snapshots(signals):
        for units in snapshot.activations:
            if not units.is_shared and math.isfinite(units.saturated_share):
                later.setdefault(units.name, []).append(units.saturated_share)
    for name, shares in later.items():
        share, began = float(np.median(shares)), first.get(name, 0.0)
        if began <= MAX_SATURATED_AT_START and (is_likelihood or name in few):
            continue
        if share > MAX_SATURATED_LATER or (began > MAX_SATURATED_AT_START and share > MAX_SATURATED_AT_START):
            return name, share, began
    return None
