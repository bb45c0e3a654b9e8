"""Which class is said: the most probable, that of the least expected cost, or one from a probability on.

Of several labels the probability of each is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.exported.batches import sigmoid, softmax
from fathom.exported.program import Answer


def say_classes(logits: NDArray[Any], classes: Sequence[str], about: Mapping[str, Any]) -> list[Answer]:
    """What is said of each row, as `fathom.tasks.classification.decode` says it.

    Args:
        logits: ``(batch, classes)``.
        classes: their names.
        about: ``costs``, what each true class costs where another is said, ``(true, said)``, or None; and
            ``threshold``, the class and the probability from which on it is said, or None.
    """
    probabilities = score = softmax(logits)
    costs, threshold = about.get("costs"), about.get("threshold")
    if costs:
        score = -probabilities @ np.array(costs, np.float32)
    elif threshold and threshold[0] in classes:
        column = list(classes).index(threshold[0])
        score = probabilities.copy()
        score[:, column] = np.where(probabilities[:, column] >= threshold[1], 2.0, -1.0)
    best = score.argmax(1)
    rows = probabilities.tolist()
    return [Answer(classes[b], classes[b], row[b], dict(zip(classes, row))) for b, row in zip(best.tolist(), rows)]


def say_labels(logits: NDArray[Any], labels: Sequence[str]) -> list[Answer]:
    """The probability of each label; shown are those of one half and more, or else the likeliest.

    Args:
        logits: ``(batch, labels)``.
        labels: their names.
    """
    answers = []
    for row in sigmoid(logits).tolist():
        said = {name: round(p, 4) for name, p in zip(labels, row, strict=True)}
        ranked = sorted(said.items(), key=lambda pair: -pair[1])
        told = [pair for pair in ranked if pair[1] >= 0.5] or ranked[:1]
        answers.append(Answer(json.dumps(said), ", ".join(f"{name} {100 * p:.0f} %" for name, p in told)))
    return answers
