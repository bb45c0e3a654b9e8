"""Which class is said: the most probable, that of the least expected cost, or one from a probability on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.exported.batches import softmax
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
