"""Parts of what was measured."""

from __future__ import annotations

from dataclasses import replace

from fathom.training.health.signals import LayerStats, Signals, Snapshot


def until_nonfinite(signals: Signals) -> Signals:
    """Without the snapshots of steps whose loss was no number: what comes out of a broken net says nothing of it."""
    lost = signals.losses.first_nonfinite_step
    if lost is None:
        return signals
    return replace(signals, snapshots=[snapshot for snapshot in signals.snapshots if snapshot.step <= max(0, lost - 1)])


def later_snapshots(signals: Signals) -> list[Snapshot]:
    """The snapshots of the second half of the steps, at least three if there are so many."""
    late = [snapshot for snapshot in signals.snapshots if snapshot.step >= signals.losses.steps / 2]
    return late if len(late) >= 3 else signals.snapshots[-3:]


def by_layer(signals: Signals) -> dict[str, list[LayerStats]]:
    """Each layer's measurements, in the order of the net and of time."""
    found: dict[str, list[LayerStats]] = {}
    for snapshot in signals.snapshots:
        for layer in snapshot.layers:
            found.setdefault(layer.name, []).append(layer)
    return found


def largest_batch(signals: Signals) -> int:
    """How many examples a batch has at most; 0 where that is not known."""
    return max((snapshot.batch_size for snapshot in signals.snapshots), default=0)
