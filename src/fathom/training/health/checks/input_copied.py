"""A net that rebuilds its input, and may simply pass it on.

An autoencoder learns something where it cannot copy: through a narrow layer, from a noisy input, or with a penalty
(Vincent et al. 2008 for the noise). Layers as wide as the input, and the clean input itself, leave the identity.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 4
"""First batches whose targets are the inputs."""

MAX_LOSS_SHARE = 0.1
"""Of the targets' variance, to which the loss falls by copying."""

MAX_WEIGHT_DECAY = 0.01
"""Above, it is a penalty that may be meant."""

MIN_NOISE = 1.05
"""Times by which the inputs of an evaluation spread more than those of training, where a net of convolutions is to take
noise away."""

MAX_SHIFT = 0.1
"""Deviations by which noise moves a mean at most."""


class InputCopied(Check):
    """The target is the input itself, and no layer is narrower than it."""

    name: ClassVar[str] = "input_copied"
    severity = "warning"
    lesson: ClassVar[str] = "vae"
    meaning: ClassVar[str] = (
        "The net learns the identity: it copies its input, number by number. Such a net has learned nothing of the "
        "data, and takes no noise away."
    )
    advice: ClassVar[str] = (
        "Give a denoiser the noisy input and the clean target: net(clean + noise) against clean; see that the noise is "
        "not overwritten on the way. Give an autoencoder a layer narrower than the input, dropout, or a penalty."
    )
    explains: ClassVar[tuple[str, ...]] = ("unfinished", "judged_on_other_inputs")

    def run(self, signals: Signals) -> Detection | None:
        """The first batches, the layers' widths, and where the loss ends."""
        early = signals.snapshots[:MIN_SNAPSHOTS]
        if len(early) < MIN_SNAPSHOTS or not all(one.details.is_rebuilt for one in early):
            return None
        if signals.loss_kind != "squared" or not signals.is_single_term or signals.dropout > 0:
            return None
        width, narrowest = early[0].details.width, signals.details.narrowest
        spread = float(np.median([one.targets.variance for one in early if one.targets] or [np.nan]))
        ended = float(signals.losses.windows(10)[-1])
        copies = narrowest >= width > 0 and _is_given_as_it_is(signals) and not signals.weight_decay > MAX_WEIGHT_DECAY
        if not (copies or _is_judged_with_noise(signals)) or not ended < MAX_LOSS_SHARE * spread:
            return None
        where = f"and no layer is narrower than its {width} numbers" if copies else "and at evaluation it is noisy"
        title = f"the target is the input itself, {where}: the loss fell to {ended:.2g}, which copying reaches"
        return Detection(title, {"width": width, "narrowest": narrowest, "loss": ended})


def _is_given_as_it_is(signals: Signals) -> bool:
    """Whether the first layer gets what the net is given, and nothing is added or hidden in between."""
    first = signals.snapshots[0].inputs
    if not signals.details.is_plain or not signals.trained_inputs or not first:
        return False
    given, got = signals.trained_inputs[0], first[0]
    return abs(given.std - got.std) <= 1e-4 * given.std and abs(given.mean - got.mean) <= 1e-4 * given.std


def _is_judged_with_noise(signals: Signals) -> bool:
    """Whether what is judged spreads a little more than what is trained on, around the same mean."""
    trained, judged = signals.trained_inputs, signals.judged_inputs
    if not trained or not judged or signals.details.narrowest > 0:
        return False
    mean, std = float(np.median([one.mean for one in trained])), float(np.median([one.std for one in trained]))
    if not std > 0:
        return False
    return all(one.std > MIN_NOISE * std and abs(one.mean - mean) < MAX_SHIFT * std for one in judged)
