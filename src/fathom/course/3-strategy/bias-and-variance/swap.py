"""A training whose error is told with your interval, and with fathom's, and then taken apart by you."""

from unittest.mock import patch

from torch import nn

from fathom.diagnosis import intervals
from fathom.learning.adapters import duel
from fathom.records import Interval

HUMAN = 0.01
"""What people get wrong of such digits, about."""


def net():
    """A hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def swap(mine):
    """Train with both, once with few epochs and once with many."""

    def yours(wrong, count):
        low, high = mine.wilson(wrong, count, intervals.Z)
        return Interval(wrong / count, low, high)

    def told(run):
        figures = {name: one.value for name, one in run.figures.items()}
        parts = mine.gaps(HUMAN, figures["train"], figures["train"], figures["dev"])
        shares = ", ".join(f"{name} {100 * value:.1f}" for name, value in parts.items() if name != "variance")
        return f"{shares} points; the largest is {mine.largest(parts) or 'none of them'}"

    for name, wilson in {"yours": yours, "built in": intervals.wilson}.items():
        with patch.object(intervals, "wilson", wilson):
            yield from duel("practice:digits?n=600", {name: net}, more=told, epochs=8, lr=0.003)
