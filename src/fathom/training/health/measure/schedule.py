"""Which steps are looked at: fewer and fewer, so that what is kept of a long training stays small."""

from __future__ import annotations

STEPS_BETWEEN_LATER_SNAPSHOTS = 100
"""From step 100 to 10,000; before, they grow apart as Fibonacci's numbers do."""


def next_due(step: int) -> int:
    """The first step, from this on, that is looked at: 0, 1, 2, 3, 5, 8, 13, … 89, then each hundredth up to 10,000,
    each thousandth up to 100,000 and so on: what is kept of a long training stays small.
    """
    if step >= STEPS_BETWEEN_LATER_SNAPSHOTS:
        spacing = STEPS_BETWEEN_LATER_SNAPSHOTS * 10 ** max(0, len(str(step)) - 4)
        return -(-step // spacing) * spacing
    before, at = 1, 0
    while at < step:
        before, at = at, before + at
    return min(at, STEPS_BETWEEN_LATER_SNAPSHOTS)


def is_due(step: int) -> bool:
    """Whether this step, from 0, is looked at: asked at every step, so that it says no at once."""
    if step > STEPS_BETWEEN_LATER_SNAPSHOTS and step % STEPS_BETWEEN_LATER_SNAPSHOTS:
        return False
    return next_due(step) == step
