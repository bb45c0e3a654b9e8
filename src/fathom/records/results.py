"""What a net, or something simple, made of the examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fathom.records.doubt import Doubt
from fathom.validation import Finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the net says of one example, in the user's words.

    Attributes:
        value: a class name, a number.
        confidence: probability that the net gives to `value`; None where it gives none.
        scores: probability of each class by name, or empty.
        doubts: what of a new input could not be used as it stands.
    """

    value: Any
    confidence: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one example in one split: one row of ``results.parquet``.

    Attributes:
        statistics: additive sufficient statistics (``wrong``, ``count`` …), stored as ``stat_*`` columns; the metric
            of any set of examples is a function of their sums.
        baseline: what the sensible baseline predicted, where it was asked.
        scores: probability of each class, where there are few, stored as ``p_*`` columns.
    """

    id: str
    split: str
    source: str
    group: str | None
    target: Any
    prediction: Any
    confidence: float | None
    loss: float
    weight: float
    statistics: Mapping[str, float]
    baseline: Any = None
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Interval:
    """A figure with the interval that covers the truth 95 times in 100."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Baseline:
    """What something simple reaches on the same splits.

    Attributes:
        name: what it is: ``"majority class"``, ``"logistic regression on pixels"``.
        predictions: its prediction for each dev example, in the order of dev.
        seconds: what it took.
        losses, weights: of each prediction, where the metric is a likelihood; empty where it is not.
    """

    name: str
    predictions: Sequence[Any]
    seconds: Finite
    losses: Sequence[Finite] = ()
    weights: Sequence[Finite] = ()


@dataclass(frozen=True)
class Kept:
    """Which part of a net was kept after training, by what each said of dev.

    Attributes:
        part: the name of the part that is kept.
        figures: the metric of each part on dev.
        losses: the mean loss of each part on dev.
        rival: the part that it is told apart from, or not: the simplest other one, or the best.
        low, high: of the paired difference in mean loss, this part's less the rival's: 95 % of what chance allows.
    """

    part: str
    figures: Mapping[str, Finite]
    losses: Mapping[str, Finite]
    rival: str
    low: Finite
    high: Finite


@dataclass(frozen=True)
class Attention:
    """Where a net looked while it wrote.

    Attributes:
        rows: what it wrote, token by token.
        columns: what it read.
        weights: ``(rows, columns)``; each row adds up to 1.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weights: NDArray[np.floating]


@dataclass(frozen=True)
class Drawing:
    """A prediction as a picture, for the report.

    Attributes:
        name: of the example, or of those that are compared.
        picture: what was said, uint8 ``(height, width, 3)``.
        truth: what is true, likewise; None where one picture says it all.
        text: in words.
    """

    name: str
    picture: NDArray[np.uint8]
    truth: NDArray[np.uint8] | None
    text: str
