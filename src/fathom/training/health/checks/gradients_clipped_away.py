"""Gradients that are clipped to next to nothing.

Clipping is there for single steps that would leap (Pascanu, Mikolov & Bengio 2013): it leaves most gradients as they
are. Where all are cut to a small part, the rate is that much lower in truth. An optimizer that divides by the
gradient's size, as Adam does, does not mind; so the steps must be small, too, and the loss still be high.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.diagnosis.convergence import STILL_IMPROVING
from fathom.finding_kinds import FindingKind
from fathom.training.health.analysis.loss_assumptions import may_be_negative
from fathom.training.health.analysis.update_size import creeps, largest_update
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MAX_LEFT_SHARE = 0.1
"""Share of the gradient that is left …"""

MIN_SHARE_OF_SNAPSHOTS = 0.8
"""… on so many of the steps that were looked at."""

MIN_SNAPSHOTS = 3
"""Steps that must have been looked at."""

HARDLY_FALLEN_SHARE = 0.7
"""Share of the first loss that the loss ends above."""

ROUNDING = 1e-4
"""Within which a share is a power of 2: that by which gradients of half precision are scaled back before the step."""


class GradientsClippedAway(Check):
    """Every gradient is clipped to a small part of itself, and the steps lead nowhere."""

    name: ClassVar[str] = "gradients_clipped_away"
    replaces: ClassVar[tuple[FindingKind, ...]] = (STILL_IMPROVING,)
    cause: ClassVar[str] = "clipped to next to nothing"
    lesson: ClassVar[str] = "vanishing-gradients"
    meaning: ClassVar[str] = "Clipping makes the gradient so small that the weights hardly change."
    advice: ClassVar[str] = (
        "Clip at the norm that most gradients have, so that only the largest are cut. A norm of 1 to 10 is usual."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "low_learning_rate", "stagnating_loss", "labels_unrelated", "unfinished", "vanishing_gradients",
        "input_unread",
        "gradients_zero",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The gradient before and after, the size of the steps, and what they came to."""
        seen = [(one, share) for one in signals.snapshots if math.isfinite(share := _share_left(one))]
        cut = [(one, share) for one, share in seen if share <= MAX_LEFT_SHARE and not _is_power_of_2(share)]
        if len(cut) < max(MIN_SNAPSHOTS, MIN_SHARE_OF_SNAPSHOTS * len(seen)) or may_be_negative(signals):
            return None
        size, losses = largest_update(signals), signals.losses
        if not creeps(signals, size) or float(losses.windows(10)[-1]) < HARDLY_FALLEN_SHARE * losses.first:
            return None
        middle = cut[int(np.argsort([share for _, share in cut])[len(cut) // 2])][0]
        name, before = middle.unclipped
        after = next(layer.gradient_norm for layer in middle.layers if layer.name == name)
        title = (
            f"at step {middle.step + 1} the gradient of {name} is cut from {before:.2g} to {after:.2g}, and a step "
            f"changes the weights by {size:.0e} of their size"
        )
        return Detection(title, {"before": before, "after": after, "update": size, "step": middle.step + 1})


def _share_left(snapshot: Snapshot) -> float:
    """Of the gradient before it was clipped, what the optimizer was given; NaN where it was not measured."""
    name, before = snapshot.unclipped
    after = next((layer.gradient_norm for layer in snapshot.layers if layer.name == name), math.nan)
    return after / before if before > 0 else math.nan


def _is_power_of_2(share: float) -> bool:
    return share > 0 and abs(math.log2(share) - round(math.log2(share))) < ROUNDING
