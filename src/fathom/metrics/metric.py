"""What a metric is: a function of the sums of additive statistics, and how its figures are told to people.

Inside, lower is always better, so that what compares and searches knows one direction. Where the field counts what
was found and not what is missing (F1, mAP, IoU, BLEU), `Metric.complement_of` names that figure, and whatever a person
reads is written by the methods here: in the field's words and direction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.number_format import signed, significant

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
    LABELS = "labels"
    """Several labels, each with its probability."""
    OTHER = "other"
    """Texts, sequences, masks, vectors …: nothing that is told of classes or numbers holds of them."""


_ROUNDING = 1e-9
"""A share below this is zero."""
CANNOT_BE_TOLD = "cannot be told"
"""In place of an interval that excludes next to nothing."""
_NO_INTERVAL = f"its interval {CANNOT_BE_TOLD}"
_WHOLE_RANGE = 0.95
"""A share whose interval is as wide as this may be anything; so may a difference of shares, and be it twice."""


@dataclass(frozen=True)
class Metric:
    """The one figure by which a task is judged; lower is better.

    Attributes:
        name: as files call it: ``"error"``, ``"missed entity F1"``.
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
        complement_of: the figure of the field of which this is what is missing to 1: ``"entity F1"``. People are told
            that one, of which higher is better; "" where this one is told itself.
        short: what it is also called where it is typed: ``"f1"``, ``"iou"``, ``"wer"``.
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
    complement_of: str = ""
    short: str = ""

    @property
    def is_classification_error(self) -> bool:
        """Whether it is the share of examples of which the class is wrong, every mistake counting alike."""
        return self.predicts is Predicts.CLASS and self.is_rate

    # --- as people read it

    @property
    def label(self) -> str:
        """Its name to people: ``"entity F1"``."""
        return self.complement_of or self.name

    @property
    def typed_names(self) -> tuple[str, ...]:
        """What it may be called where it is typed: ``("entity_f1", "f1")``."""
        whole = re.sub(r"[^a-z0-9]+", "_", self.label.lower())
        return tuple(name for name in dict.fromkeys((whole, self.short)) if name)

    @property
    def higher_is_better(self) -> bool:
        """Whether the figure that people are told is the better, the higher it is."""
        return bool(self.complement_of)

    @property
    def lack(self) -> str:
        """What there should be less of, in a sentence: ``"error"``, ``"shortfall in entity F1"``."""
        return f"shortfall in {self.label}" if self.higher_is_better else self.name

    @property
    def worse_side(self) -> str:
        """Where a worse figure lies: ``"above"`` a better one, or ``"below"`` it."""
        return "below" if self.higher_is_better else "above"

    @property
    def told_beside(self) -> tuple[Metric, ...]:
        """What is told beside it to people, who are told the figure itself already."""
        return tuple(other for other in self.beside if other.name != self.label)

    def shown(self, value: Any) -> Any:
        """The figure that people are told, as a number; takes arrays as well."""
        return 1 - value if self.higher_is_better else value

    def shown_ends(self, low: float, high: float) -> tuple[float, float]:
        """The ends of an interval of what people are told, the lower one first."""
        return (self.shown(high), self.shown(low)) if self.higher_is_better else (low, high)

    def reaches(self, value: float, target: float) -> bool:
        """Whether a figure is as good as a target, which is given as people are told figures."""
        return bool(self.shown(value) >= target if self.higher_is_better else value <= target)

    def is_perfect(self, value: float) -> bool:
        """Whether a figure cannot be better: a share of mistakes that is zero; other figures have no end."""
        return self.percent and value <= _ROUNDING

    def show(self, value: float) -> str:
        """The figure as a person reads it: ``"6.5 %"``, ``"0.482"``, ``"51,230"``."""
        value = self.shown(value)
        return f"{100 * value:.1f} %" if self.percent else significant(value)

    def show_range(self, low: float, high: float) -> str:
        """An interval as a person reads it: ``"3.8–11.0"`` (without the sign)."""
        if self._is_anything(high - low, _WHOLE_RANGE):
            return CANNOT_BE_TOLD
        return "–".join(f"{100 * end:.1f}" if self.percent else significant(end) for end in self.shown_ends(low, high))

    def show_with_range(self, value: float, low: float, high: float) -> str:
        """A figure with its interval: ``"6.5 % (3.8–11.0)"``."""
        span = self.show_range(low, high)
        return f"{self.show(value)} ({_NO_INTERVAL if span == CANNOT_BE_TOLD else span})"

    def show_size(self, value: float) -> str:
        """How far two figures are apart: ``"6.1 points"``, ``"12.5"``."""
        return self._difference(value) + (" points" if self.percent else "")

    def show_size_range(self, low: float, high: float, *, to: bool = False) -> str:
        """The interval of how far two figures are apart, without the unit: ``"3.8–11.0"``, ``"−1.2 to 3.0"``.

        Args:
            low: its lower end.
            high: its upper end.
            to: the word is written also where there is no sign.
        """
        if self._is_anything(high - low, 2 * _WHOLE_RANGE):
            return CANNOT_BE_TOLD
        join = " to " if to or low < 0 else "–"
        return f"{self._difference(low)}{join}{self._difference(high)}"

    def show_difference(self, value: float, low: float, high: float) -> str:
        """What was added to a figure, with its interval: ``"+6.1 points (3.4 to 10.6)"``.

        Args:
            value: how much less (below 0) or more of what is minimized there is; people are told how their figure
                changed.
            low: the lower end of its interval.
            high: the upper end; the same as `low` where there is none.
        """
        if self.higher_is_better:
            value, low, high = -value, -high, -low
        sign = "+" if value > 0 else ""
        if low == high:
            return f"{sign}{self.show_size(value)}"
        if self._is_anything(high - low, 2 * _WHOLE_RANGE):
            return f"{sign}{self.show_size(value)} ({_NO_INTERVAL})"
        return f"{sign}{self.show_size(value)} ({self._difference(low)} to {self._difference(high)})"

    def _is_anything(self, width: float, whole: float) -> bool:
        """Whether an interval so wide says nothing; a number without a unit is bounded by nothing but infinity."""
        return not math.isfinite(width) or (self.percent and width >= whole)

    def _difference(self, value: float) -> str:
        return signed(f"{100 * value:.1f}" if self.percent else significant(value, 3))
