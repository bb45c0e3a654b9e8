"""How many dev examples would decide which gap is the largest, where those that there are cannot tell.

What the gaps truly are is not known, so a number that takes them as they seem is a guess: too small whenever chance
made them look apart. Here every truth that fits the data is tried. For a dev split of so many examples it is asked how
often the verdict would fall, and the smallest split with which it falls two times in three is told. This is the
assurance of O'Hagan, Stevens & Campbell (2005), a power that is averaged over what is plausible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fathom.diagnosis.intervals import Floats, Z

ASSURANCE = 2 / 3
"""How often the verdict is to fall."""
MOST = 100_000
"""If more dev examples than this were needed, no number is given."""
TRUTHS = 2_000
"""Plausible truths that are tried."""
LEAD = 1.2815515655446004
"""The 90 % quantile of the normal distribution: a gap is named when it is the largest with probability .9."""


def dev_needed(gaps: Floats, dev: Floats, signs: Sequence[int], count: int, seed: int = 0) -> int | None:
    """The size of dev with which the largest gap would probably be named.

    Args:
        gaps: plausible values of each gap, ``(gaps, draws)``; a gap that is a constant is a line to be compared with.
        dev: plausible values of the figure on dev, ``(draws,)``, of which the gaps were made.
        signs: how each gap holds dev: 1 where it rises to dev, -1 where it starts from it, else 0; constants have none.
        count: examples that dev has.
        seed: of the trials.

    Returns:
        a number of two digits and zeros above `count`; None where none below `MOST` would do.
    """
    rng = np.random.default_rng(seed)
    signed = np.zeros(len(gaps))
    signed[: len(signs)] = signs
    truths = rng.choice(dev, TRUTHS)
    rest = gaps - signed[:, None] * dev  # what a larger dev leaves as it is
    fixed, moving = np.cov(rest).reshape(len(gaps), -1), float(dev.var())
    chance = rng.standard_normal(TRUTHS)
    for size in _sizes(count):
        fresh = truths + math.sqrt(moving * count / (size - count)) * chance  # of the examples that are added
        figure = (count * dev.mean() + (size - count) * fresh) / size
        seen = rest.mean(1)[:, None] + signed[:, None] * figure  # (gaps, truths)
        spread = moving * count / size
        if _decided(seen, fixed + spread * np.outer(signed, signed)).mean() >= ASSURANCE:
            return size
    return None


def _decided(seen: Floats, covariance: Floats) -> np.ndarray:
    """Whether the largest of the gaps that are seen is surely above 0 and above the second, ``(truths,)``."""
    order = np.argsort(-seen, axis=0)
    top = order[0]
    at = np.arange(seen.shape[1])
    deviations = np.sqrt(np.diag(covariance))
    sure = seen[top, at] > Z * deviations[top]
    if len(seen) > 1:
        second = order[1]
        lead = covariance[top, top] + covariance[second, second] - 2 * covariance[top, second]
        sure &= seen[top, at] - seen[second, at] > LEAD * np.sqrt(np.maximum(lead, 0.0))
    return sure


def _sizes(count: int) -> list[int]:
    """Sizes to try, each a fifth above the last."""
    sizes, size = [], 1.2 * count
    while size <= MOST:
        digits = 10 ** max(0, math.floor(math.log10(size)) - 1)
        sizes.append(math.ceil(size / digits) * digits)
        size *= 1.2
    return sizes
