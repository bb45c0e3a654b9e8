"""What every task with classes shares: the loss, the decoding, the statistics and the trivial baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from fathom.records import Baseline, Example, Prediction

UNKNOWN = -1
"""Encoded target of an example whose class is unknown, or was not seen in training."""


def cross_entropy(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> tuple[Tensor, Tensor]:
    """Cross-entropy of each example and its weight, both ``(batch,)``; an unknown label weighs nothing.

    Label smoothing (Szegedy et al. 2016) acts only where gradients are taken, so that the losses of train and dev, both
    measured in evaluation, can be compared.

    Args:
        logits: ``(batch, classes)``.
        labels: ``(batch,)`` class indices, or `UNKNOWN`.
        smoothing: probability mass that is spread evenly over the classes.
    """
    known = labels != UNKNOWN
    losses = F.cross_entropy(
        logits.float(),
        labels.clamp(min=0),
        reduction="none",
        label_smoothing=smoothing if torch.is_grad_enabled() else 0.0,
    )
    return losses * known, known.float()


def decode(logits: Tensor, classes: Sequence[str]) -> list[Prediction]:
    """The most probable class of each row of ``(batch, classes)`` logits."""
    probabilities = logits.float().softmax(1)
    confidence, best = probabilities.max(1)
    rows = zip(best.tolist(), confidence.tolist(), probabilities.tolist(), strict=True)
    return [Prediction(classes[b], c, dict(zip(classes, p, strict=True))) for b, c, p in rows]


def statistics(prediction: Prediction, target: Any) -> dict[str, float]:
    """Wrong or right, and one for the count."""
    return {"wrong": float(prediction.value != target), "count": 1.0}


def classes_of(train: Sequence[Example]) -> list[str]:
    """The classes that occur, sorted."""
    return sorted({example.target for example in train})


def index_of(target: Any, classes: Sequence[str]) -> int:
    """The class's index, or `UNKNOWN`."""
    return classes.index(target) if target in classes else UNKNOWN


def majority(train: Sequence[Example], others: Sequence[Example]) -> Baseline:
    """Always the most frequent class of the training split."""
    most = Counter(example.target for example in train).most_common(1)[0][0]
    return Baseline("majority class", [most] * len(others), 0.0)
