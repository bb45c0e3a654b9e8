"""Weights of classes that are larger for the frequent ones.

A weighted cross-entropy pulls at the label of an example with the class's weight times what is missing there to 1, so
that the weights can be read off the gradient, whoever wrote the loss. They are there to let rare classes count as much
as others; where they grow with the number of examples, somebody has multiplied where a division was meant.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.class_weights import class_weights
from fathom.training.health.analysis.label_counts import counts_by_class
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LABELS_PER_CLASS = 8
"""Labels of a class by which its share and its weight are known well enough."""

MIN_COUNT_RATIO = 2.0
"""Times that the most frequent class is as frequent as the rarest …"""

MIN_WEIGHT_RATIO = 1.5
"""… and that its weight is as large."""

MIN_CORRELATION = 0.7
"""Of the logarithms of both, over the classes."""


class ClassWeightsInverted(Check):
    """The more frequent a class is, the more it counts."""

    name: ClassVar[str] = "class_weights_inverted"
    cause: ClassVar[str] = "class weights the wrong way round"
    severity = "warning"
    lesson: ClassVar[str] = "class-imbalance"
    meaning: ClassVar[str] = (
        "The loss gives rare classes small weights, although they already count little. The net gives these classes up."
    )
    advice: ClassVar[str] = "Use weights of 1 / (number of examples of the class), in the order of the class numbers."

    def run(self, signals: Signals) -> Detection | None:
        """Compare the weights with how often each class was seen."""
        weights, counts = class_weights(signals), counts_by_class(signals)
        names = [name for name in weights if counts[name] >= MIN_LABELS_PER_CLASS]
        if len(names) < 2 or signals.grouped or signals.output_mismatch:
            return None
        often, rare = max(names, key=lambda name: counts[name]), min(names, key=lambda name: counts[name])
        if counts[often] < MIN_COUNT_RATIO * counts[rare] or weights[often] < MIN_WEIGHT_RATIO * weights[rare]:
            return None
        logs = np.array([(math.log(counts[name]), math.log(weights[name])) for name in names])
        if float(np.corrcoef(logs.T)[0, 1]) < MIN_CORRELATION:
            return None
        times = weights[often] / weights[rare]
        title = (
            f"of the labels that were looked at {counts[often]} are {_named(often)} and {counts[rare]} {_named(rare)}, "
            f"and one of the former counts {times:.2g} times as much"
        )
        return Detection(title, {"weights": weights, "counts": {name: counts[name] for name in names}, "times": times})


def _named(name: str) -> str:
    return f"class {name}" if name.isdigit() else f"“{name}”"
