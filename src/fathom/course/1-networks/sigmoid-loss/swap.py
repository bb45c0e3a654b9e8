"""Cats: a training by your loss, with the gradient that your sigmoid gives, and by the built-in loss."""

from unittest.mock import patch

import torch
from torch import nn

from fathom.learning.adapters import duel, operation
from fathom.tasks import classification


def swap(mine):
    """Train both: the score of a cat is the difference of the two outputs."""

    def loss(output, label, smoothing):
        y = label.cpu().numpy().astype(float)
        score = (output[:, 1] - output[:, 0]).float()  # (batch,)
        mean = operation(lambda s: mine.loss(s, y), lambda g, s: (g * (mine.sigmoid(s) - y) / len(y),), score)
        return mean.expand(len(y)), torch.ones(len(y))

    net = lambda: nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(768, 2))  # noqa: E731
    asked = {"epochs": 12, "lr": 0.003}
    with patch.object(classification, "cross_entropy", loss):
        yield from duel("practice:cats?n=1000", {"yours": net}, **asked)
    yield from duel("practice:cats?n=1000", {"built in": net}, **asked)
