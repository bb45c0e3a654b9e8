"""What every task with several labels an example shares: the loss, the decoding, the statistics and the baselines.

A task inherits from `LabelSets` and from the class that reads its inputs; `fathom.tasks.classification` is the same
for one label an example.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.metrics import LABELS_MISSED, Metric
from fathom.metrics.labels import TOLD_FROM, labels_told, parse_labels, parse_unknown_labels
from fathom.records import Baseline, Example, Prediction
from fathom.task import Batch, Task


class LabelSets(Task):
    """Base of a task whose targets are sets of labels, ``cat|dog``: reading, the inputs and the net are left open.

    Attributes:
        classes_: the labels, sorted.
    """

    target_fields = ("classes_",)

    classes_: list[str]

    @property
    def classes(self) -> Sequence[str]:
        """Names of the labels."""
        return self.classes_

    def target_classes(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The labels of each."""
        return [tuple(parse_labels(e.target)) for e in examples]

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the labels; a subclass that learns more calls this first."""
        self.classes_ = sorted({label for e in train for label in parse_labels(e.target)})
        if not self.classes_:
            raise UserError("no training example has a label: check the table")

    def check_state(self) -> None:
        """Refuse a state without labels."""
        super().check_state()
        if not self.classes_:
            raise UserError("its labels are none")

    def labels(self, example: Example) -> dict[str, NDArray]:
        """The labels as `encode` gives them: ``labels`` and ``told``, which are known, both (classes,) uint8.

        Args:
            example: with its target, or without.
        """
        have, untold = set(parse_labels(example.target)), set(parse_unknown_labels(example.target))
        labels = np.array([name in have for name in self.classes_], np.uint8)
        told = np.array([example.target is not None and name not in untold for name in self.classes_], np.uint8)
        return {"labels": labels, "told": told}

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean of the known labels' cross-entropies, and 1 where any is known; both ``(batch,)``."""
        return known_cross_entropy(output, batch["labels"].float(), batch["told"].float())

    @property
    def metric(self) -> Metric:
        """What is missing to a mean average precision of 1."""
        return LABELS_MISSED

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """The probability of each label, as JSON."""
        rows = torch.sigmoid(output.float()).tolist()
        return [
            Prediction(json.dumps({c: round(p, 4) for c, p in zip(self.classes_, row, strict=True)})) for row in rows
        ]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Labels told right, told, and meant, at a probability of one half."""
        meant = set(parse_labels(target))
        said = labels_told(prediction.value) - set(parse_unknown_labels(target))
        hits, found, wanted = len(said & meant), len(said), len(meant)
        return {"label_hits": float(hits), "labels_found": float(found), "labels_meant": float(wanted)}

    def frequencies(self, train: Sequence[Example], others: Sequence[Example]) -> Baseline:
        """How frequent each label is, the same for all.

        Args:
            train: the training split.
            others: the examples to predict.
        """
        share = {c: float(np.mean([c in parse_labels(e.target) for e in train])) for c in self.classes_}
        return Baseline("how frequent each label is", [json.dumps(share)] * len(others), 0.0)

    def each_label(self, train: Sequence[Example], asked: Any, fitted: Callable[[NDArray[np.bool_]], Any]) -> list[str]:
        """What a model for each label says: predictions as `decode` writes them.

        Args:
            train: the examples that the models are fitted on.
            asked: the inputs of those to predict, ``(others, columns)``.
            fitted: which have the label, ``(train,)`` → a model with ``predict_proba``.
        """
        n, said = asked.shape[0], {}
        for name in self.classes_:
            have = np.array([name in parse_labels(e.target) for e in train])
            mixed = have.any() and not have.all()
            said[name] = fitted(have).predict_proba(asked)[:, 1] if mixed else np.full(n, float(have.mean()))
        return [json.dumps({c: float(said[c][i]) for c in self.classes_}) for i in range(n)]

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """The labels of at least one half, the likeliest first; else the likeliest of all."""
        ranked = sorted(json.loads(prediction.value).items(), key=lambda pair: -pair[1])
        told = [pair for pair in ranked if pair[1] >= TOLD_FROM] or ranked[:1]
        return ", ".join(f"{name} {100 * p:.0f} %" for name, p in told)


def known_cross_entropy(logits: Tensor, labels: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of the known labels' cross-entropies, and 1 where any is known.

    Args:
        logits: ``(batch, classes)``.
        labels: ``(batch, classes)``, from 0 to 1.
        told: ``(batch, classes)``: 0 where nobody said, which is neither right nor wrong.

    Returns:
        losses and weights, both ``(batch,)``.
    """
    nats = F.binary_cross_entropy_with_logits(logits.float(), labels, reduction="none")
    return (nats * told).sum(1) / told.sum(1).clamp(min=1), (told.sum(1) > 0).float()
