"""Gradients that vanish on their way back through the layers.

Each layer multiplies the gradient by its weights and by the slope of its activation. Where the product is below 1 the
first layers hardly learn (Hochreiter 1991; Glorot & Bengio 2010).
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import baseline_loss, highest_baseline_loss
from fathom.training.health.analysis.relative_gradient import relative_gradient
from fathom.training.health.analysis.selection import later_snapshots
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MAX_VANISHED_RATIO = 1e-3
"""The gradient of the first layers against the last one's, each divided by its weights: below this it has vanished."""

LEARNED_SHARE = 0.2
"""A loss that ends below this share of the baseline was learned in spite of it."""

STUCK_SHARE = 0.8
"""A loss above this share of the baseline has hardly moved: the gradient need not have vanished from the first step."""

HARDLY_FALLEN_SHARE = 0.95
"""A loss above this share of the baseline has taught nothing …"""

MAX_WAY, MIN_LAST_WAY = 0.01, 0.3
"""… where all steps together cannot have moved the first half of the layers by more than this share of their size, and
may have moved the last layer by more than that one."""

MIN_LAYERS = 4
"""Layers between which a fall can be seen."""


class VanishingGradients(Check):
    """The first layers get next to no gradient, compared with the last."""

    name: ClassVar[str] = "vanishing_gradients"
    cause: ClassVar[str] = "vanishing gradients"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = (
        "The gradient gets smaller from layer to layer, so the first layers hardly change. The last layers "
        "learn from almost random features."
    )
    advice: ClassVar[str] = (
        "Use ReLU or GELU instead of sigmoid or tanh, initialize with He or Glorot, add normalization layers "
        "or skip connections, or use fewer layers."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "low_learning_rate", "labels_unrelated", "saturated_units", "oscillating_loss",
        "input_unread",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Compare first and last, and see that it falls from layer to layer.

        On the later snapshots; or on those of the first half, where so much of the loss is left that it came too late.
        """
        ended, start = float(signals.losses.windows(5)[-1]), highest_baseline_loss(signals)
        early = [r for r in (_gradient_ratio(snapshot) for snapshot in signals.snapshots[:3]) if r is not None]
        if not early:
            return None
        if float(np.median([r for r, _ in early])) > 10 * MAX_VANISHED_RATIO and ended < STUCK_SHARE * start:
            return None
        late, half = (
            later_snapshots(signals),
            [snapshot for snapshot in signals.snapshots if snapshot.step < signals.losses.steps / 2],
        )
        for snapshots, stuck in ((late, True), (half, ended > LEARNED_SHARE * start)):
            ratios = [r for r in (_gradient_ratio(snapshot) for snapshot in snapshots) if r is not None]
            if not stuck or len(ratios) < 3:
                continue
            ratio, name = float(np.median([r for r, _ in ratios])), ratios[-1][1]
            if ratio <= MAX_VANISHED_RATIO:
                title = (
                    f"the gradient of {name} is {ratio:.0e} times that of the last layer, each measured by its weights"
                )
                return Detection(title, {"layer": name, "ratio": ratio})
        return _standing_still(signals) if ended > HARDLY_FALLEN_SHARE * baseline_loss(signals) else None


def _standing_still(signals: Signals) -> Detection | None:
    """The first half of the layers has stood still, whatever its gradient is against the last one's.

    As if all steps had gone in one direction: so far they can have come.
    """
    seen = [one for one in signals.snapshots if _gradient_ratio(one)]
    if len(seen) < 3 or len(seen) < len(signals.snapshots) / 2:
        return None
    sizes = [[layer.relative_update for layer in one.layers] for one in seen]
    if len({len(one) for one in sizes}) != 1 or not np.isfinite(sizes).all():
        return None
    ways = signals.losses.steps * np.mean(sizes, 0)  # (layers,)
    first = ways[: len(ways) // 2]
    ratios = [r for r, _ in filter(None, map(_gradient_ratio, seen))]
    if first.max() > MAX_WAY or ways[-1] < MIN_LAST_WAY or float(np.median(ratios)) > 10 * MAX_VANISHED_RATIO:
        return None
    name = seen[-1].layers[0].name
    title = (
        f"all {signals.losses.steps} steps together have moved {name} by {100 * ways[0]:.1g} % of its size at most, "
        "while the last layer learned"
    )
    return Detection(title, {"layer": name, "moved": float(ways[0])})


def _gradient_ratio(snapshot: Snapshot) -> tuple[float, str] | None:
    """The least gradient of the first half of the layers against the last layer's; None where it tells nothing."""
    layers = [layer for layer in snapshot.layers if layer.weight_norm > 0]
    if len(layers) < MIN_LAYERS or not relative_gradient(layers[-1]) > 0:
        return None
    half = layers[: len(layers) // 2]
    steep = [relative_gradient(layer) for layer in half]
    if not all(x > 0 for x in steep):  # exactly nothing comes through dead units
        return None
    least = int(np.argmin(steep))
    between = [relative_gradient(layer) for layer in layers]
    falls = sum(a < b for a, b in pairwise(between))
    if falls < 0.6 * (len(between) - 1):
        return None
    return max(steep) / relative_gradient(layers[-1]), half[least].name
