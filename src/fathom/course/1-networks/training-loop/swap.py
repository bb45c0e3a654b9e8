"""fathom's loop with your batches, with its own, and with the data in the order of its classes."""

from unittest.mock import patch

import numpy as np
from torch import nn

from fathom.learning.adapters import duel
from fathom.training import batch_loader


def net():
    """A hidden layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def swap(mine):
    """Train with each."""

    def yours(task, store, keys, train, *, size, seed, epoch):
        return [train[batch] for batch in mine.batches(len(train), size, np.random.default_rng([seed, epoch]))]

    def sorted_by_class(task, store, keys, train, *, size, seed, epoch):
        ordered = train[np.argsort(store.gather(train)["label"], kind="stable")]
        return [ordered[i : i + size] for i in range(0, len(ordered), size)]

    asked = {"epochs": 12, "lr": 0.01, "batch_size": 32}
    for name, order in {"yours": yours, "sorted": sorted_by_class}.items():
        with patch.object(batch_loader, "epoch_batches", order):
            yield from duel("practice:digits?n=600", {name: net}, **asked)
    yield from duel("practice:digits?n=600", {"built in": net}, **asked)
