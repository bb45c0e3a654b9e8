"""Mean average precision of labels: is what has a label ranked before what has it not?

A target is the labels of a picture, ``cat|dog``; ``cat|?dog`` does not say whether there is a dog, and the picture then
counts for nothing where dogs are judged. A prediction is JSON with the probability of each label. The average
precision is that of scikit-learn (the precision at each picture that has the label, ties together), and the mean is
over the labels that occur.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError
from fathom.metrics.metric import Metric, Predicts

Floats = NDArray[np.float64]
UNKNOWN_MARK = "?"
"""Before a label in a target: nobody said whether it holds."""
TOLD_FROM = 0.5
"""The probability from which on a label is said to hold."""


def parse_labels(target: Any) -> list[str]:
    """The labels of a target.

    >>> parse_labels("cat|dog")
    ['cat', 'dog']
    """
    return [part for part in str(target or "").split("|") if part and not part.startswith(UNKNOWN_MARK)]


def parse_unknown_labels(target: Any) -> list[str]:
    """The labels of which a target does not say whether they hold.

    >>> parse_unknown_labels("cat|?dog")
    ['dog']
    """
    return [part.removeprefix(UNKNOWN_MARK) for part in str(target or "").split("|") if part.startswith(UNKNOWN_MARK)]


def labels_told(prediction: str) -> set[str]:
    """The labels that a prediction says hold: those of a probability of one half and more.

    >>> sorted(labels_told('{"cat": 0.9, "dog": 0.2}'))
    ['cat']
    """
    return {name for name, p in json.loads(prediction).items() if p >= TOLD_FROM}


def mean_average_precision(targets: Sequence[Any], predictions: Sequence[Any], weights: Floats) -> Floats:
    """The mean over the labels that occur, under each row of weights: ``(draws,)``; 1 where none occurs."""
    meant = [set(parse_labels(target)) for target in targets]
    said = parse_probabilities(predictions)
    names = sorted({name for labels in meant for name in labels})
    untold = [set(parse_unknown_labels(target)) for target in targets]
    rows = [
        _label_average_precision(
            np.array([name in m for m in meant]),
            np.array([s.get(name, 0.0) for s in said]),
            weights * np.array([name not in u for u in untold]),
        )
        for name in names
    ]
    if not rows:
        return np.ones(len(weights))
    values = np.stack(rows)
    there = ~np.isnan(values)
    return np.where(there.any(0), np.nansum(values, 0) / np.maximum(there.sum(0), 1), 1.0)


def missed_average_precision(has: NDArray[np.bool_], score: Floats, told: NDArray[np.bool_]) -> float:
    """What is missing to a mean average precision of 1, as `mean_average_precision` has it.

    Args:
        has: which example has which label, ``(n, labels)``.
        score: how surely it is said, ``(n, labels)``.
        told: of which it is known, ``(n, labels)``.
    """
    labels = np.flatnonzero((has & told).any(0))
    found = [_label_average_precision(has[:, i], score[:, i], told[None, :, i].astype(np.float64)) for i in labels]
    return 1 - float(np.mean(found)) if found else 0.0


def parse_probabilities(predictions: Sequence[Any]) -> list[dict[str, float]]:
    """The probability of each label that predictions say.

    Raises:
        UserError: one is no such prediction.
    """
    try:
        return [{str(k): float(v) for k, v in json.loads(p).items()} for p in predictions]
    except (TypeError, ValueError, AttributeError):
        raise UserError("a prediction is no list of labels: restore the results or train again") from None


def of_one_label(name: str, targets: Sequence[Any], predictions: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Targets and predictions as if there were this label alone, of which the mean is its own figure.

    Args:
        name: of the label.
        targets: of n examples.
        predictions: of the same.
    """
    meant = [
        name if name in parse_labels(t) else UNKNOWN_MARK + name if name in parse_unknown_labels(t) else ""
        for t in targets
    ]
    return meant, [json.dumps({name: said.get(name, 0.0)}) for said in parse_probabilities(predictions)]


def _label_average_precision(has: NDArray[np.bool_], score: Floats, weights: Floats) -> Floats:
    """The average precision of one label; NaN in draws where nothing has it."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)  # ties count together
    right = (weights[:, order] * has[order]).cumsum(1)[:, ends]  # (draws, distinct scores)
    told = weights[:, order].cumsum(1)[:, ends]
    gained = np.diff(right, axis=1, prepend=0.0)
    total = right[:, -1]
    figure = (gained * right / np.maximum(told, 1e-12)).sum(1) / np.maximum(total, 1e-12)
    return np.where(total > 0, figure, np.nan)


LABELS_MAP = Metric("mAP", (), percent=True, pooled=mean_average_precision)
"""Mean average precision of the labels (higher is better)."""
LABEL_F1 = Metric(
    "label F1",
    ("label_hits", "labels_found", "labels_meant"),
    lambda s: 2 * s["label_hits"] / np.maximum(s["labels_found"] + s["labels_meant"], 1),
    percent=True,
    short="f1",
)
"""Harmonic mean of precision and recall of all labels, at a probability of one half (higher is better)."""
LABELS_MISSED = Metric(
    "missed mAP", (), percent=True, beside=(LABELS_MAP, LABEL_F1),
    pooled=lambda t, p, w: 1 - mean_average_precision(t, p, w),
    complement_of=LABELS_MAP.name, predicts=Predicts.LABELS,
)  # fmt: skip
"""What is missing to a mAP of 1."""
