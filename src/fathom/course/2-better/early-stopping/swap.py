"""A long training that ends when you say so, when fathom says so, and not before its end."""

from unittest.mock import patch

from torch import nn

from fathom.learning.adapters import duel
from fathom.training import loop

PATIENCE = 4


def net():
    """Wide."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def swap(mine):
    """Train with each."""

    class Yours:
        """Is asked after each epoch; fathom hands over the best figure, so an epoch that is no better counts as 1."""

        def __init__(self, patience, metric):
            self.errors = []

        def reason_to_stop(self, epoch, best_epoch, best):
            """The reason, or ""."""
            self.errors.append(best if epoch == best_epoch else 1.0)
            ended, kept = mine.stop([*self.errors, 1.0], PATIENCE, 0.0)
            return f"epoch {kept + 1} was best" if ended < len(self.errors) else ""

    told = lambda run: f"ended after {run.history[-1]['epoch']} epochs"  # noqa: E731
    asked = {"epochs": 40, "lr": 0.003, "more": told}
    with patch.object(loop, "EarlyStopping", Yours):
        yield from duel("practice:digits?n=600", {"yours": net}, **asked)
    yield from duel("practice:digits?n=600", {"built in": net}, patience=PATIENCE, **asked)
    yield from duel("practice:digits?n=600", {"never": net}, patience=0, **asked)
