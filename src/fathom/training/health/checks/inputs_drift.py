"""Inputs that become others from one pass over the data to the next."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import InputStats, Signals

MIN_RATIO = 8.0
"""Times by which their spread must have changed, from the first snapshots to the last, either way …"""

MIN_DISTANCE = 2.0
"""… or the larger spread by which their mean must have moved."""

MIN_SNAPSHOTS = 3
"""First and last ones that are compared."""

MIN_EARLY, MIN_LATE, MIN_SPREAD, MAX_DEV_OFF = 8, 2, 1.4, 0.15
"""First snapshots, and later ones, of which each must be spread wider than the one before; times by which the last one
is; and share by which what is judged may be spread otherwise than the first."""

MIN_LOOKS_AT_WORDS, MIN_LATE_SHARE, MIN_GROWTH = 4, 0.4, 2.0
"""First and last batches of words; the share of the most frequent one at the end, and how many times that of the
beginning."""


class InputsDrift(Check):
    """The first layer is given numbers of another size at the end than at the beginning."""

    name: ClassVar[str] = "inputs_drift"
    lesson: ClassVar[str] = "normalizing-inputs"
    meaning: ClassVar[str] = (
        "The examples change while they are used, for example when each access standardizes them in place. "
        "So the net is judged on other inputs than it was trained on."
    )
    advice: ClassVar[str] = (
        "Prepare the data once, before the loop. Or prepare a copy: x = (x - mean) / std instead of x -= "
        "mean; x /= std. Write a mask into a clone, not into the data."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "judged_on_other_inputs", "inputs_not_scaled", "labels_unrelated", "unfinished", "stagnating_loss",
        "low_learning_rate",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The mean and the spread of what the first layer is given."""
        if grown := _word_grown(signals):
            return grown
        seen = [one.inputs[0] for one in signals.snapshots if one.inputs and math.isfinite(one.inputs[0].std)]
        if len(seen) < 2 * MIN_SNAPSHOTS or has_several_passes_per_step(signals):
            return None
        mean, std = _median(seen[:MIN_SNAPSHOTS])
        last_mean, last_std = _median(seen[-MIN_SNAPSHOTS:])
        if not (std > 0 and last_std > 0):
            return None
        leaps = max(std / last_std, last_std / std) >= MIN_RATIO
        if not leaps and abs(last_mean - mean) < MIN_DISTANCE * max(std, last_std):
            return _spread(signals, [one.std for one in seen])
        title = (
            f"the inputs are changed while the net is trained: their mean and spread were {mean:.3g} and {std:.3g} on "
            f"the first steps looked at, {last_mean:.3g} and {last_std:.3g} on the last"
        )
        return Detection(title, {"mean": mean, "std": std, "last_mean": last_mean, "last_std": last_std})


def _spread(signals: Signals, stds: list[float]) -> Detection | None:
    """Slower: at the end they are spread wider than at first, and than what is judged, which is as they were."""
    first = float(np.median(stds[:MIN_EARLY]))
    late, judged = stds[MIN_EARLY:], [one.std for one in signals.judged_inputs if math.isfinite(one.std)]
    if len(late) < MIN_LATE or late != sorted(late) or not late[-1] > MIN_SPREAD * first or not judged:
        return None
    dev = float(np.median(judged))
    if abs(dev - first) > MAX_DEV_OFF * first:
        return None
    title = (
        f"the inputs are changed while the net is trained: their spread grows from {first:.3g} at first to "
        f"{late[-1]:.3g} at the end, while what is judged has {dev:.3g}: noise added to the data in place?"
    )
    return Detection(title, {"std": first, "last_std": late[-1], "judged_std": dev})


def _median(inputs: list[InputStats]) -> tuple[float, float]:
    """Of their means, and of their spreads."""
    return float(np.median([one.mean for one in inputs])), float(np.median([one.std for one in inputs]))


def _word_grown(signals: Signals) -> Detection | None:
    """One word, as that of a mask, takes the place of more and more others."""
    seen = [one.details.top_word for one in signals.snapshots if one.details.top_word[0] >= 0]
    if len(seen) < 2 * MIN_LOOKS_AT_WORDS or has_several_passes_per_step(signals):
        return None
    early, late = seen[:MIN_LOOKS_AT_WORDS], seen[-MIN_LOOKS_AT_WORDS:]
    word = late[-1][0]
    before, after = max(share for _, share in early), min(share for _, share in late)
    if any(one != word for one, _ in late) or after < max(MIN_LATE_SHARE, MIN_GROWTH * before):
        return None
    title = (
        f"the inputs are changed while the net is trained: word {word} is at least {100 * after:.0f} % of the inputs "
        f"on the last steps looked at, and no word was more than {100 * before:.0f} % on the first: a mask written "
        "into the data in place?"
    )
    return Detection(title, {"word": word, "before": before, "after": after})
