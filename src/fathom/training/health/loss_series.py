"""The loss of each step, kept so that the memory stays flat however long the training is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fathom.validation import Real

if TYPE_CHECKING:
    Number = float
else:
    Number = Real  # as it is read from a file: it may be NaN

MAX_LOSSES = 4096
"""With more steps than this, neighbouring losses are kept as their mean, so that the memory stays flat."""


@dataclass
class LossSeries:
    """The loss of each step, or the means of so many neighbours.

    Attributes:
        values: in order.
        steps_per_value: how many steps one value stands for.
        first: of step 0, which no update has touched; NaN before it.
        first_nonfinite_step: the step whose loss was no finite number, or None.
        waiting: losses of the next value.
        steps: that were made.
    """

    values: list[Number] = field(default_factory=list)
    steps_per_value: int = 1
    first: Number = math.nan
    first_nonfinite_step: int | None = None
    waiting: list[Number] = field(default_factory=list)
    steps: int = 0

    def add(self, loss: float) -> None:
        """Take the loss of the next step.

        Args:
            loss: a number, finite or not.
        """
        if not self.steps:
            self.first = loss
        if not math.isfinite(loss) and self.first_nonfinite_step is None:
            self.first_nonfinite_step = self.steps
        self.steps += 1
        self.waiting.append(loss)
        if len(self.waiting) < self.steps_per_value:
            return
        self.values.append(sum(self.waiting) / self.steps_per_value)
        self.waiting = []
        if len(self.values) >= MAX_LOSSES:
            pairs = np.array(self.values).reshape(-1, 2)  # (MAX_LOSSES / 2, 2)
            self.values, self.steps_per_value = pairs.mean(1).tolist(), 2 * self.steps_per_value

    def windows(self, parts: int = 20) -> NDArray[np.float64]:
        """Means over equal parts of the training.

        Args:
            parts: how many; no more than there are losses.

        Returns:
            The means: ``(parts,)``; one NaN where there are no losses.
        """
        values = np.array(self.values or [math.nan], np.float64)
        return np.array([part.mean() for part in np.array_split(values, min(parts, len(values)))])
