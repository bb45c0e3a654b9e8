"""What every task with classes shares: the loss, the decoding, the statistics and the trivial baseline.

The functions are for tasks that have classes sometimes; a task that always has them inherits `Classification`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fathom.data.class_names import class_name, find_class
from fathom.data.table.mixed_targets import mixed_numbers
from fathom.errors import UserError
from fathom.metrics import COST, ERROR, MAE_IN_RANKS, Metric
from fathom.records import Baseline, Example, Prediction, Settings
from fathom.spelling import did_you_mean
from fathom.task import Batch, Task
from fathom.tasks import ordinal

FEWEST = 10
"""Examples from which on each class being there once is a mistake."""
UNKNOWN = ordinal.UNKNOWN
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


def decode(
    logits: Tensor,
    classes: Sequence[str],
    costs: Mapping[str, float] | None = None,
    decision_threshold: tuple[str, float] | None = None,
) -> list[Prediction]:
    """What is said of each row of ``(batch, classes)`` logits.

    The most probable class; where mistakes differ in cost, the class of the least expected cost (Elkan 2001); where a
    class is to be said from a threshold on, that class from there on, else the most probable other.

    Args:
        logits: ``(batch, classes)``.
        classes: their names.
        costs: of mistakes, by class (``offensive``) or by class and what it is taken for (``cat>dog``); others cost 1.
        decision_threshold: a class, and the probability from which on it is said; None: the most probable is.

    Returns:
        a prediction for each example, with the probability of each class.
    """
    probabilities = logits.float().softmax(1)
    score = probabilities
    if costs:
        score = -probabilities @ torch.tensor(cost_matrix(classes, costs), device=logits.device)
    elif decision_threshold is not None and decision_threshold[0] in classes:
        column = list(classes).index(decision_threshold[0])
        score = probabilities.clone()
        score[:, column] = torch.where(probabilities[:, column] >= decision_threshold[1], 2.0, -1.0)
    best = score.argmax(1)
    confidence = probabilities.gather(1, best[:, None])[:, 0]
    rows = zip(best.tolist(), confidence.tolist(), probabilities.tolist(), strict=True)
    return [Prediction(classes[b], c, dict(zip(classes, p, strict=True))) for b, c, p in rows]


def costs_by_class(classes: Sequence[str], costs: Mapping[str, float]) -> dict[str, float]:
    """Costs under the names that the classes have, however they were written: ``1.0=10`` of the class 1.

    Args:
        classes: their names.
        costs: of mistakes, by class or by ``class>taken for``; what is no class stays as it is.
    """
    found = {}
    for said, price in costs.items():
        parts = [said] if said in classes else said.split(">")
        found[">".join(find_class(part, classes) or part for part in parts)] = price
    return found


def cost_of(costs: Mapping[str, float], target: str, said: str) -> float:
    """What it costs to say one class where another is true.

    Args:
        costs: of mistakes, by class or by ``class>taken for``; others cost 1.
        target: the true class.
        said: the class that was said.

    Returns:
        0 where they are the same.
    """
    return 0.0 if target == said else costs.get(f"{target}>{said}", costs.get(target, 1.0))


def cost_matrix(classes: Sequence[str], costs: Mapping[str, float]) -> NDArray[np.float32]:
    """``(true class, said class)``.

    Args:
        classes: their names.
        costs: of mistakes, by class or by ``class>taken for``; others cost 1.

    Returns:
        the cost of each pair, ``(classes, classes)``; 0 on the diagonal.

    Raises:
        UserError: a cost names a class that there is not.
    """
    known = {*classes, *(f"{a}>{b}" for a in classes for b in classes if a != b)}
    if unknown := sorted(set(costs) - known):
        raise UserError(
            f"`cost` names {unknown[0]!r}{did_you_mean(unknown[0], classes)}: "
            f"write CLASS=COST or CLASS>TAKEN_FOR=COST, of {', '.join(classes)}"
        )
    return np.array([[cost_of(costs, a, b) for b in classes] for a in classes], np.float32)


def statistics(prediction: Prediction, target: Any, costs: Mapping[str, float] | None = None) -> dict[str, float]:
    """Wrong or right, and one for the count; with costs also what it cost, and the most that it could have.

    Args:
        prediction: of one example.
        target: the true class.
        costs: of mistakes, where they differ.

    Returns:
        additive statistics by name.
    """
    target, said = class_name(target), class_name(prediction.value)
    told = {"wrong": float(said != target), "count": 1.0}
    if costs:
        most = max(costs.get(target, 1.0), *(v for k, v in costs.items() if k.startswith(f"{target}>")), 0.0)
        told |= {"cost": float(cost_of(costs, target, said)), "most": float(most)}
    return told


def classes_of(train: Sequence[Example]) -> list[str]:
    """The classes that occur, sorted.

    Args:
        train: the training split.

    Returns:
        their names.

    Raises:
        UserError: there is one only.
    """
    classes = sorted({class_name(example.target) for example in train})
    if len(classes) < 2:
        raise UserError(
            f"all {len(train)} training examples are of the class {', '.join(classes)!r}: give more of the others"
        )
    return classes


def check_repeats(examples: Sequence[Example], what: str) -> None:
    """Refuse more classes than a third of the examples, as an identifier or a text taken for the target has.

    Args:
        examples: all that there are; few are let pass.
        what: what was taken for the target, with how to name another.

    Raises:
        UserError: a class has less than three examples on average, so that few can be held out of each.
    """
    n, classes = len(examples), len({str(e.target) for e in examples})
    if n >= FEWEST and classes > n / 3 and (written := mixed_numbers(examples)):
        raise UserError(f"the targets are numbers written in several ways ({written}): write all in one, or {what}")
    if n >= FEWEST and classes == n:
        raise UserError(f"each of the {n:,} classes has one example only, so that none can be held out: {what}")
    if n >= FEWEST and classes > n / 3:
        raise UserError(
            f"{classes:,} classes for {n:,} examples are too many to learn, less than three of each: {what}"
        )


def index_of(target: Any, classes: Sequence[str]) -> int:
    """The class's index, or `UNKNOWN`.

    Args:
        target: a class, or anything else.
        classes: their names.

    Returns:
        a whole number, -1 for what is no class.
    """
    name = None if target is None else class_name(target)
    return classes.index(name) if name in classes else UNKNOWN


def majority(train: Sequence[Example], others: Sequence[Example]) -> Baseline:
    """Always the most frequent class of the training split.

    Args:
        train: the training split.
        others: the examples to predict.

    Returns:
        a baseline with a prediction for each of the others.
    """
    most = Counter(class_name(example.target) for example in train).most_common(1)[0][0]
    return Baseline("majority class", [most] * len(others), 0.0)


def label_probabilities(logits: Tensor, labels: Tensor) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Each example's label ``(1,)`` and the probabilities of the classes ``(1, classes)``.

    Args:
        logits: ``(batch, classes)``.
        labels: ``(batch,)``.

    Returns:
        a pair for each example.
    """
    probabilities = logits.float().softmax(1).cpu().numpy()
    return [(label[None], row[None]) for label, row in zip(labels.cpu().numpy(), probabilities, strict=True)]


def fitted_classes(train: Sequence[Example], settings: Settings) -> list[str]:
    """The classes in the order that was said, or those that occur, sorted.

    Args:
        train: the training split.
        settings: as asked.

    Raises:
        UserError: there is one only, or the order does not suit them.
    """
    found = classes_of(train)
    return ordinal.classes_in_order(settings, [e.target for e in train]) if ordinal.is_ordered(settings) else found


def loss_of(settings: Settings, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The cross-entropy, or of classes with an order the loss of their ranks; and weights, both ``(batch,)``.

    Args:
        settings: as asked.
        logits: ``(batch, classes)``.
        labels: ``(batch,)`` class indices, or `UNKNOWN`.
    """
    loss = ordinal.ordinal_loss if ordinal.is_ordered(settings) else cross_entropy
    return loss(logits, labels, settings.label_smoothing or 0.0)


def metric_of(settings: Settings) -> Metric:
    """The share of mistakes, what they cost, or by how many ranks they miss, as was said of them.

    Args:
        settings: as asked.
    """
    return MAE_IN_RANKS if ordinal.is_ordered(settings) else COST if settings.cost else ERROR


def costs_of(settings: Settings, classes: Sequence[str]) -> Mapping[str, float]:
    """What mistakes cost: as was said, or of classes with an order the ranks between them.

    Args:
        settings: as asked.
        classes: their names.

    Returns:
        costs by class or by ``class>taken for``; none where all mistakes count alike.
    """
    return ordinal.rank_costs(classes) if ordinal.is_ordered(settings) else settings.cost


def statistics_of(settings: Settings, prediction: Prediction, target: Any, classes: Sequence[str]) -> dict[str, float]:
    """What `metric_of` needs of one example.

    Args:
        settings: as asked.
        prediction: of one example.
        target: the true class.
        classes: their names.

    Returns:
        additive statistics by name.
    """
    if ordinal.is_ordered(settings):
        return ordinal.rank_statistics(class_name(prediction.value), target, classes)
    return statistics(prediction, target, settings.cost)


def trivial(
    settings: Settings, train: Sequence[Example], others: Sequence[Example], classes: Sequence[str]
) -> Baseline:
    """Always the most frequent class of the training split; of classes with an order, their median.

    Args:
        settings: as asked.
        train: the training split.
        others: the examples to predict.
        classes: their names.

    Returns:
        a baseline with a prediction for each of the others.
    """
    return ordinal.median_rank(train, others, classes) if ordinal.is_ordered(settings) else majority(train, others)


class Classification(Task):
    """Base of a task whose targets are class names: reading, encoding, the net and `show` are left to be written.

    Attributes:
        classes_: names of the classes, sorted, or in the order that was said.
    """

    gives_label_probabilities = True
    target_fields = ("classes_",)

    classes_: list[str]

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes."""
        return self.classes_

    def target_classes(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The one class of each."""
        return [() if e.target is None else (str(e.target),) for e in examples]

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the classes; a subclass that learns more calls this first."""
        self.classes_ = fitted_classes(train, self.settings)

    def check_state(self) -> None:
        """Refuse a state without two classes."""
        super().check_state()
        if len(self.classes_) < 2:
            raise UserError("its classes are less than two")

    def label(self, example: Example) -> NDArray[np.int64]:
        """The example's class as `encode` gives it, under the name ``label``: ``()`` int64, `UNKNOWN` without one.

        Args:
            example: with its target, or without.

        Returns:
            an array without axes.
        """
        return np.array(index_of(example.target, self.classes_), np.int64)

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Cross-entropy of ``(batch, classes)`` logits against ``batch["label"]``, and weights, both ``(batch,)``."""
        return loss_of(self.settings, output, batch["label"])

    @property
    def metric(self) -> Metric:
        """The share of mistakes, weighed by what they cost where that was said."""
        return metric_of(self.settings)

    @property
    def mistake_costs(self) -> Mapping[str, float]:
        """As they were said, or the ranks between classes that have an order."""
        return costs_of(self.settings, self.classes_)

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """The most probable class, with the probability of each."""
        return decode(output, self.classes_, self.mistake_costs, self.decision_threshold)

    def label_probabilities(
        self, output: Tensor, batch: Batch
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None:
        """The one label, and the probability of each class."""
        return label_probabilities(output, batch["label"])

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Wrong or right, and one for the count."""
        return statistics_of(self.settings, prediction, target, self.classes_)

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """Always the most frequent class; a subclass adds what a sensible person would try first."""
        return [trivial(self.settings, train, others, self.classes_)]
