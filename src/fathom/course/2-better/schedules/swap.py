"""A training on handwritten digits by your schedule, and at a constant rate."""

from unittest.mock import patch

from torch import nn

from fathom.learning.adapters import duel
from fathom.training import schedules


def net():
    """Small."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))


def swap(mine):
    """Train with both."""
    own = lambda done: max(1e-4, float(mine.rate_at(round(1000 * min(done, 0.999)), 1000, 1.0, 100)))  # noqa: E731
    asked = {"epochs": 12, "lr": 0.01, "warmup": 0.0}
    with patch.dict(schedules.SCHEDULES, {"cosine": own}):
        yield from duel("practice:digits?n=600", {"yours": net}, schedule="cosine", **asked)
    yield from duel("practice:digits?n=600", {"constant": net}, schedule="constant", **asked)
