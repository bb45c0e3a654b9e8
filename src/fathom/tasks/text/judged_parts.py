"""What a linear part is fitted to, and by what parts are judged: one label a text, or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fathom.metrics.labels import missed_average_precision
from fathom.task import Batch
from fathom.tasks.label_sets import known_cross_entropy

Linear = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]
"""Weights ``(labels, columns)``, biases ``(labels,)``, and which labels these are ``(labels,)``."""


class Targets(Protocol):
    """What is true of some texts."""

    def known(self) -> Tensor:
        """Which texts have a target: ``(texts,)`` bool."""
        ...

    def __getitem__(self, rows: Tensor) -> Self:
        """Those of some texts."""
        ...

    def fit(self, values: Any, strength: float, weights: NDArray[np.float32] | None) -> Linear:
        """The logistic regression of the labels on ``(texts, columns)`` values."""
        ...

    def losses(self, logits: Tensor) -> Tensor:
        """The loss of each text, ``(texts,)``, of logits ``(texts, labels)``."""
        ...

    def wrong(self, logits: Tensor) -> NDArray[np.float64]:
        """How wrong each text is, ``(texts,)``: by what parts are told apart."""
        ...

    def figure(self, logits: Tensor) -> float:
        """The figure that people are told, the lower the better."""
        ...


@dataclass(frozen=True)
class OneLabel:
    """The class of each text, ``(texts,)``, below 0 where it is unknown."""

    label: Tensor

    def known(self) -> Tensor:
        """Which texts have a class."""
        return self.label >= 0

    def __getitem__(self, rows: Tensor) -> Self:
        """Those of some texts."""
        return type(self)(self.label[rows])

    def fit(self, values: Any, strength: float, weights: NDArray[np.float32] | None) -> Linear:
        """One regression of all classes."""
        model = _logistic(strength).fit(values, self.label.numpy(), sample_weight=weights)
        weight, bias = model.coef_, model.intercept_
        if len(weight) == 1:  # two classes: sklearn keeps one row of logits
            weight, bias = np.concatenate([-weight / 2, weight / 2]), np.concatenate([-bias / 2, bias / 2])
        return weight, bias, model.classes_

    def losses(self, logits: Tensor) -> Tensor:
        """The cross-entropy of each text."""
        return F.cross_entropy(logits, self.label, reduction="none")

    def wrong(self, logits: Tensor) -> NDArray[np.float64]:
        """Whether the likeliest class is another."""
        return (logits.argmax(1) != self.label).double().numpy()

    def figure(self, logits: Tensor) -> float:
        """The share of mistakes."""
        return float(self.wrong(logits).mean())


@dataclass(frozen=True)
class SeveralLabels:
    """The labels of each text, and which of them are known, both ``(texts, labels)``, from 0 to 1."""

    labels: Tensor
    told: Tensor

    def known(self) -> Tensor:
        """Which texts have a label of which anything is known."""
        return self.told.sum(1) > 0

    def __getitem__(self, rows: Tensor) -> Self:
        """Those of some texts."""
        return type(self)(self.labels[rows], self.told[rows])

    def fit(self, values: Any, strength: float, weights: NDArray[np.float32] | None) -> Linear:
        """A regression for each label; one that all known texts have, or none, is said by its frequency."""
        count = self.labels.shape[1]
        weight, bias = np.zeros((count, values.shape[1])), np.zeros(count)
        for i in range(count):
            rows = np.flatnonzero(self.told[:, i].numpy())
            have = self.labels[:, i].numpy()[rows]
            if 0 < have.sum() < len(have):
                own = None if weights is None else weights[rows]
                model = _logistic(strength).fit(values[rows], have, sample_weight=own)
                weight[i], bias[i] = model.coef_[0], model.intercept_[0]
            else:
                share = (have.sum() + 0.5) / (len(have) + 1)
                bias[i] = float(np.log(share / (1 - share)))
        return weight, bias, np.arange(count)

    def losses(self, logits: Tensor) -> Tensor:
        """The mean of the known labels' cross-entropies of each text."""
        return known_cross_entropy(logits, self.labels, self.told)[0]

    def wrong(self, logits: Tensor) -> NDArray[np.float64]:
        """The loss: a text is not right or wrong as a whole."""
        return self.losses(logits).double().numpy()

    def figure(self, logits: Tensor) -> float:
        """What is missing to a mean average precision of 1."""
        has, told = self.labels.bool().numpy(), self.told.bool().numpy()
        return missed_average_precision(has, torch.sigmoid(logits).double().numpy(), told)


def targets_of(batch: Batch) -> Targets:
    """What is true of the texts of a batch.

    Args:
        batch: with ``label``, or with ``labels`` and ``told``.
    """
    if "labels" in batch:
        return SeveralLabels(batch["labels"].float(), batch["told"].float())
    return OneLabel(batch["label"])


def _logistic(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=100, tol=1e-3)
