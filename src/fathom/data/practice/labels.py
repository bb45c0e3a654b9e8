"""Wrong labels on purpose: exactly the asked share, never the right one by luck."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def flipped(truth: Sequence[int], share: float, classes: int, seed: int) -> list[int]:
    """The labels with ``round(share * n)`` of them replaced by another class's."""
    rng = np.random.default_rng([seed, 99])
    given = list(truth)
    for i in rng.permutation(len(given))[: round(share * len(given))]:
        given[i] = (given[i] + int(rng.integers(1, classes))) % classes
    return given
