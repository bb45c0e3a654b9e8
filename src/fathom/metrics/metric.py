"""What a metric is: a function of the sums of additive statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sums = Mapping[str, Any]
"""Name of a statistic → its sum; an array of sums (one per bootstrap sample) works as well."""

Pooled = Callable[[Sequence[Any], Sequence[Any], NDArray[np.float64]], NDArray[np.float64]]
"""Targets and predictions of n examples, and weights ``(draws, n)`` → the figure of each draw ``(draws,)``."""


def not_additive(sums: Sums) -> Any:
    """Of a figure that is no function of sums."""
    raise TypeError("this metric is no function of sums: call its `pooled`")


class Predicts(StrEnum):
    """What one prediction is, that a metric judges."""

    CLASS = "class"
    """One of the classes."""
    NUMBER = "number"
    BOXES = "boxes"
    """The boxes of a picture, each with its class."""
    OTHER = "other"
    """Several labels, texts, sequences, masks, vectors …: nothing that is told of classes or numbers holds of them."""


@dataclass(frozen=True)
class Metric:
    """The one figure by which a task is judged; lower is better.

    Attributes:
        name: as it is shown, and as files call it: ``"error"``.
        needs: the statistics that it is made of.
        of: sums → figure; takes arrays of sums, elementwise.
        is_rate: whether it is a share of independent right-or-wrong examples, so that Wilson's interval holds.
        percent: whether it is shown as a percentage.
        beside: what is told beside it, and judges nothing.
        pooled: for a figure that ranks or pairs examples, and so is no function of sums (average precision, AUC): it
            takes targets, predictions and weights; `needs` is then empty, and `of` is not to be called.
        chosen: what such a figure chooses on dev and then keeps (a threshold): targets and predictions of dev → a
            function like `pooled`.
        predicts: what one prediction is; it decides what is told and drawn of predictions.
        rejudges: whether other answers than the net's (of a baseline, or always the same) can be judged by their
            values alone: a class is right or wrong, a number is off by the square of the difference.
    """

    name: str
    needs: tuple[str, ...]
    of: Callable[[Sums], Any] = not_additive
    is_rate: bool = False
    percent: bool = False
    beside: tuple[Metric, ...] = ()
    pooled: Pooled | None = None
    chosen: Callable[[Sequence[Any], Sequence[Any]], Pooled] | None = None
    predicts: Predicts = Predicts.OTHER
    rejudges: bool = False

    @property
    def is_classification_error(self) -> bool:
        """Whether it is the share of examples of which the class is wrong, every mistake counting alike."""
        return self.predicts is Predicts.CLASS and self.is_rate

    def show(self, value: float) -> str:
        """The figure as a person reads it: ``"6.5 %"``, ``"0.482"``."""
        return f"{100 * value:.1f} %" if self.percent else f"{value:.4g}"

    def show_range(self, low: float, high: float) -> str:
        """An interval as a person reads it: ``"3.8–11.0"`` (without the sign)."""
        return f"{100 * low:.1f}–{100 * high:.1f}" if self.percent else f"{low:.4g}–{high:.4g}"
