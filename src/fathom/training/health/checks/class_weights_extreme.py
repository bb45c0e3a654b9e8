"""A weight of a rare class that goes far beyond what makes it count as much as the others.

With the number of others by its own number it counts as much. A hundred times that, all of it together is nearly the
whole loss, and to choose it always is nearly the best answer.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.class_weights import class_weights
from fathom.training.health.analysis.label_counts import counts_by_class
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LABELS = 8
"""Labels of a class by which its share is known well enough."""

EARLY, MIN_EARLY = 5, 3
"""First snapshots, on which no answer is sure yet: a focal loss weighs sure ones less, and seems to weigh classes."""

MIN_TIMES = 20.0
"""Times that the rare class counts as much as the frequent one: each of its examples, and all of them together."""


class ClassWeightsExtreme(Check):
    """All examples of a rare class together count many times as much as all others."""

    name: ClassVar[str] = "class_weights_extreme"
    severity = "warning"
    lesson: ClassVar[str] = "class-imbalance"
    meaning: ClassVar[str] = (
        "The weight of a rare class is so large that its examples are nearly the whole loss. The net then says this "
        "class far too often."
    )
    advice: ClassVar[str] = (
        "Take pos_weight = number of negatives / number of positives, and class weights of 1 / (number of examples). "
        "Smaller ones, as their square root, often do better."
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "high_learning_rate", "oscillating_loss", "one_class")

    def run(self, signals: Signals) -> Detection | None:
        """The weights on the first snapshots, and how often each class was seen."""
        counts = counts_by_class(signals)
        weights = class_weights(signals) if len(counts) > 1 and not signals.output_mismatch else {}
        names = [name for name in weights if counts[name] >= MIN_LABELS]
        if len(names) < 2 or signals.grouped:
            return None
        often = max(names, key=lambda name: counts[name])
        rare = max(names, key=lambda name: weights[name])
        early = [x.labels.weights for x in signals.snapshots if x.labels and {often, rare} <= set(x.labels.weights)]
        ratios = [one[rare] / one[often] for one in early[:EARLY] if one[often] > 0]
        if len(ratios) < MIN_EARLY or not min(ratios) >= MIN_TIMES:
            return None
        each = float(np.median(ratios))
        whole = each * counts[rare] / counts[often]
        if counts[rare] >= counts[often] or whole < MIN_TIMES:
            return None
        title = (
            f"the loss weighs “{rare}” too much: each example counts {each:,.0f} times one of “{often}”, and "
            f"all of them together {whole:,.0f} times"
        )
        return Detection(title, {"each": each, "together": whole})
