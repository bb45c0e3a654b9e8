"""Parts of what was measured."""

from __future__ import annotations

from dataclasses import replace

from fathom.training.health.signals import Layer, Look, Signals


def until_nonfinite(signals: Signals) -> Signals:
    """Without the looks at steps whose loss was no number: what comes out of a broken net says nothing of it."""
    lost = signals.losses.lost
    if lost is None:
        return signals
    return replace(signals, looks=[look for look in signals.looks if look.step <= max(0, lost - 1)])


def later_looks(signals: Signals) -> list[Look]:
    """The looks of the second half of the steps, at least three if there are so many."""
    late = [look for look in signals.looks if look.step >= signals.losses.steps / 2]
    return late if len(late) >= 3 else signals.looks[-3:]


def by_layer(signals: Signals) -> dict[str, list[Layer]]:
    """Each layer's measurements, in the order of the net and of time."""
    found: dict[str, list[Layer]] = {}
    for look in signals.looks:
        for layer in look.layers:
            found.setdefault(layer.name, []).append(layer)
    return found
