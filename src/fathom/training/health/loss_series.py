"""The loss of each step, kept so that the memory stays flat however long the training is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fathom.typed import Real

if TYPE_CHECKING:
    Number = float
else:
    Number = Real  # as it is read from a file: it may be NaN

MOST_LOSSES = 4096
"""With more steps than this, neighbouring losses are kept as their mean, so that the memory stays flat."""


@dataclass
class Losses:
    """The loss of each step, or the means of so many neighbours.

    Attributes:
        values: in order.
        per: how many steps one value stands for.
        first: of step 0, which no update has touched; NaN before it.
        lost: the step whose loss was no finite number, or None.
    """

    values: list[Number] = field(default_factory=list)
    per: int = 1
    first: Number = math.nan
    lost: int | None = None
    waiting: list[Number] = field(default_factory=list)
    steps: int = 0

    def add(self, loss: float) -> None:
        """The loss of the next step."""
        if not self.steps:
            self.first = loss
        if not math.isfinite(loss) and self.lost is None:
            self.lost = self.steps
        self.steps += 1
        self.waiting.append(loss)
        if len(self.waiting) < self.per:
            return
        self.values.append(sum(self.waiting) / self.per)
        self.waiting = []
        if len(self.values) >= MOST_LOSSES:
            pairs = np.array(self.values).reshape(-1, 2)  # (MOST_LOSSES / 2, 2)
            self.values, self.per = pairs.mean(1).tolist(), 2 * self.per

    def windows(self, parts: int = 20) -> NDArray[np.float64]:
        """Means over so many equal parts of the training, or as many as there are losses: ``(parts,)``.

        One NaN where there are none.
        """
        values = np.array(self.values or [math.nan], np.float64)
        return np.array([part.mean() for part in np.array_split(values, min(parts, len(values)))])
