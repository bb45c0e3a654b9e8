"""One batch norm for several places of a net, whose numbers are of other sizes.

In training each call is normalized by its own batch, so that nothing is seen. In evaluation all calls are normalized by
one running mean and variance, which are a mixture (a reason for separate norms with shared weights: Cooijmans et al.,
"Recurrent Batch Normalization", 2017).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_DIFFERENCE = 0.8
"""Deviations by which means lie apart, or powers of 2 by which deviations do, in the median channel."""

MIN_SNAPSHOTS = 3
"""That must show it."""


class NormReused(Check):
    """The same batch norm is called several times a pass, and the numbers differ."""

    name: ClassVar[str] = "norm_reused"
    cause: ClassVar[str] = "one batch norm for several places"
    lesson: ClassVar[str] = "batch-norm"
    meaning: ClassVar[str] = (
        "The same batch norm is used several times in a pass. Its running statistics are a mixture that fits no place, "
        "so the net answers worse in evaluation mode than in training mode."
    )
    advice: ClassVar[str] = (
        "Make a batch norm of its own for each place (no [norm] * 3, and no shared attribute). Where layers are shared "
        "on purpose, as through time, use LayerNorm or GroupNorm, which keep no statistics."
    )

    def run(self, signals: Signals) -> Detection | None:
        """The first snapshots; a net that is never judged in evaluation mode does not use its statistics."""
        seen = [one.details.norm_reused for one in signals.snapshots if one.details.norm_reused[1] >= 0]
        if len(seen) < MIN_SNAPSHOTS or not signals.evaluations_in_eval_mode:
            return None
        size = float(np.median([size for _, size in seen]))
        if not size > MIN_DIFFERENCE:
            return None
        name = seen[-1][0]
        title = (
            f"{name} is called more than once in each pass, for numbers whose mean or size differs (by {size:.1f} "
            "standard deviations, or powers of 2): its running statistics fit none of them"
        )
        return Detection(title, {"layer": name, "difference": size})
