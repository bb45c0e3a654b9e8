"""The error taken apart: which gap between the splits is the largest, said only when the data can tell.

    human ─avoidable bias→ train ─variance→ train-dev ─data mismatch→ dev ─dev overfitting→ test

A gap is named when it is the largest with probability .9 and its interval excludes 0; else the verdict is undecided.
Where the human level is not known, the whole training error is the most that avoidable bias could be (it may all be
the floor): variance is named when it exceeds even that, and bias is never claimed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from fathom.diagnosis.dev_needed import dev_needed
from fathom.diagnosis.intervals import Floats, by_split, draws_of, gap, interval
from fathom.finding_kinds import FindingKind, Role
from fathom.metrics import Metric, Predicts
from fathom.records import Finding, Interval

AVOIDABLE_BIAS = FindingKind(
    name="avoidable_bias",
    severity="warning",
    lesson="bias-and-variance",
    meaning=(
        "The net makes many more mistakes than people do, on the same examples that it was trained on. This "
        "is underfitting (avoidable bias)."
    ),
    advice=(
        "Train for longer, use a better optimizer or a larger net, or regularize less. fathom next RUN "
        "measures which helps."
    ),
    role=Role.ERROR,
)
VARIANCE = FindingKind(
    name="variance",
    severity="warning",
    lesson="bias-and-variance",
    meaning="The error is much lower on train than on new examples. This is overfitting (variance).",
    advice=(
        "Use more training data, augmentation, a pretrained net, more regularization or a smaller net. "
        "fathom next RUN measures which helps."
    ),
    role=Role.ERROR,
)
DATA_MISMATCH = FindingKind(
    name="data_mismatch",
    severity="warning",
    lesson="data-mismatch",
    meaning=(
        "The net does well on new examples that are like its training data. The dev examples come from "
        "another distribution (data mismatch)."
    ),
    advice=(
        "Look at how dev differs from train. Then collect training examples that are like dev, or make some "
        "(--augment)."
    ),
    role=Role.ERROR,
)
DEV_OVERFITTING = FindingKind(
    name="dev_overfitting",
    severity="warning",
    lesson="train-dev-test",
    meaning=(
        "Many choices were made with the dev figure, so it is too good now (overfitting to dev). The test "
        "figure shows what to expect."
    ),
    advice="Use a larger or a new dev split, and rely on the test figure.",
    role=Role.DATA,
)
TRAIN_ERROR_DOMINATES = FindingKind(
    name="train_error_dominates",
    severity="note",
    lesson="bias-and-variance",
    meaning=(
        "Most of the dev error is there on the training examples, too. Unless people make as many mistakes, "
        "or the targets are as noisy, the net can do better on train."
    ),
    advice="Give --human-error to find out. If people do much better, train for longer or use a larger net.",
    role=Role.ERROR,
)
SMALL_GAPS = FindingKind(
    name="small_gaps",
    severity="good",
    lesson="bias-and-variance",
    meaning="All errors are near zero, and no gap between the splits is large.",
    advice="Nothing to do. Test the model on data from its real use.",
    role=Role.NOTHING_WRONG,
)
UNDECIDED = FindingKind(
    name="undecided",
    severity="note",
    lesson="confidence-intervals",
    meaning="There are too few examples to say which gap is the largest.",
    advice="{advice}",
    role=Role.NOTHING_WRONG,
)

MIN_PROBABILITY = 0.9
"""How probable it must be that a gap is the largest, for it to be named."""

SMALL_ERROR = 0.02
"""A rate that is surely below this is near zero."""

SMALL_SHARE_OF_SPREAD = 0.1
"""Where no floor is known, a gap of a regression is compared with this share of the target's spread."""


@dataclass(frozen=True)
class Gap:
    """The rise of the error from one level to the next.

    Attributes:
        kind: what it is called, and is found to be where it is the largest.
        lower: the level that it rises from.
        upper: the level that it rises to.
        interval: how large it is.
        probability: that it is the largest of all.
        at_most: it is only an upper bound, since the human level is not known.
    """

    kind: FindingKind
    lower: str
    upper: str
    interval: Interval
    probability: float
    at_most: bool = False

    @property
    def name(self) -> str:
        """What it is called, in words."""
        return self.kind.name.replace("_", " ")


@dataclass(frozen=True)
class Decomposition:
    """The error taken apart.

    Attributes:
        levels: name and figure, in the order human (if known), train, train-dev, dev, test.
        gaps: the rises between them.
        sentence: all of it in plain words.
        kind: the finding that it leads to, or None where there is nothing to compare.
        needed: dev examples that would decide it two times in three, where it is undecided and a number can be given.
    """

    levels: list[tuple[str, Interval]]
    gaps: list[Gap]
    sentence: str
    kind: FindingKind | None
    needed: int | None = None

    @property
    def verdict(self) -> str | None:
        """The gap that limits the model, in words, or None."""
        return next((gap.name for gap in self.gaps if gap.kind is self.kind), None)

    @property
    def finding(self) -> str | None:
        """The name of the finding that it leads to, or None where there is nothing to compare."""
        return None if self.kind is None else self.kind.name


def decompose(frame: pl.DataFrame, metric: Metric, human_error: float | None = None) -> Decomposition:
    """Take the error apart into the gaps between human, train, train-dev, dev and test.

    Args:
        frame: results, a row an example, with the column ``split``.
        metric: by which they are judged.
        human_error: error that people make on this, in the metric's unit; None where that is not known.

    Returns:
        the levels, the gaps between them, and which gap is the largest, where the data can tell (Ng, *Machine Learning
        Yearning*, chapters 20 to 29 and 40 to 43).
    """
    parts = by_split(frame)
    levels = [(name, interval(part, metric)) for name, part in parts.items()]
    if human_error is not None:
        levels.insert(0, ("human", Interval(human_error, human_error, human_error)))
    for name in ("train", "dev"):
        if name not in parts:
            return Decomposition(levels, [], f"There is no {name} split, so there is no gap to speak of.", None)

    drawn = {name: draws_of(part, metric, seed=seed) for seed, (name, part) in enumerate(parts.items())}
    names: list[tuple[FindingKind, str, str]] = []
    sizes: list[Floats] = []
    intervals: list[Interval] = []
    at_most = human_error is None and metric.is_rate
    if human_error is not None or at_most:
        floor, train = human_error or 0.0, dict(levels)["train"]
        names.append((AVOIDABLE_BIAS, "human", "train"))
        sizes.append(drawn["train"] - floor)
        intervals.append(Interval(train.value - floor, train.low - floor, train.high - floor))
    for kind, lower, upper in _rises(set(parts)):
        names.append((kind, lower, upper))
        sizes.append(drawn[upper] - drawn[lower])
        intervals.append(gap(parts[lower], parts[upper], metric)[0])
    spread = 0.0
    if human_error is None and not metric.is_rate:
        spread = _spread(parts["train"]) if metric.predicts is Predicts.NUMBER else 0.0
        sizes.append(np.full_like(drawn["dev"], SMALL_SHARE_OF_SPREAD * spread))
    stacked = np.stack(sizes)
    shares = np.bincount(stacked.argmax(0), minlength=len(sizes)) / stacked.shape[1]
    gaps = [
        Gap(kind, lower, upper, bounds, float(share), at_most and kind is AVOIDABLE_BIAS)
        for (kind, lower, upper), bounds, share in zip(names, intervals, shares)
    ]
    signs = [(upper == "dev") - (lower == "dev") for _, lower, upper in names]

    def needed() -> int | None:
        return dev_needed(stacked, drawn["dev"], signs, parts["dev"].height)

    return _judge(levels, gaps, needed, parts["dev"].height, metric, spread)


def decompose_by(
    frame: pl.DataFrame, metric: Metric, column: str, human_error: float | None = None
) -> list[tuple[str, Decomposition]]:
    """The same for each class, source or group that dev has, the worst on dev first.

    Args:
        frame: results.
        metric: by which they are judged.
        column: ``target``, ``source`` or ``group``, or any other column of words.
        human_error: where known, taken to be the same for all.
    """
    alone = frame.with_columns(group=pl.lit(None, dtype=pl.String)) if column == "group" else frame
    named = alone.with_columns(frame[column].cast(pl.String).alias("_by")).filter(pl.col("_by").is_not_null())
    there = named.filter(pl.col("split") == "dev")["_by"].unique(maintain_order=True).to_list()
    parts = {name: named.filter(pl.col("_by") == name) for name in there if name}
    taken = [(name, decompose(part, metric, human_error)) for name, part in parts.items()]
    return sorted(taken, key=lambda pair: -dict(pair[1].levels)["dev"].value)


def check(frame: pl.DataFrame, metric: Metric, human_error: float | None = None) -> list[Finding]:
    """Say what limits the model, or that the data cannot tell; silent where there is nothing to compare.

    Args:
        frame: results, a row an example, with the column ``split``.
        metric: by which they are judged.
        human_error: error that people make on this, in the metric's unit; None where that is not known.

    Returns:
        one finding, or none.
    """
    taken = decompose(frame, metric, human_error)
    if taken.kind is None:
        return []
    evidence = {
        "levels": dict(taken.levels),
        "gaps": {g.name: g.interval for g in taken.gaps},
        "probability_largest": {g.name: g.probability for g in taken.gaps},
        "probability_none": 1 - sum(g.probability for g in taken.gaps),
        "dev_examples_needed": taken.needed,
    }
    if taken.needed:
        advice = f"Collect more dev examples: about {taken.needed:,}, two times in three, show the largest gap."
    elif any(not math.isfinite(g.interval.low) for g in taken.gaps):
        advice = "Collect dev examples of more groups (speakers, patients, places): ten is a start."
    else:
        advice = "The gaps are too alike for more dev examples to decide soon: work on either."
    found = [taken.kind.found(taken.sentence, evidence, **({"advice": advice} if taken.kind is UNDECIDED else {}))]
    flattered = next((g for g in taken.gaps if g.kind is DEV_OVERFITTING and g.interval.low > 0), None)
    if flattered is not None and taken.kind is not DEV_OVERFITTING:  # not the largest, but dev cannot be believed
        bounds = metric.show_size_range(flattered.interval.low, flattered.interval.high)
        title = (
            f"dev overfitting: test is {metric.show_size(flattered.interval.value)} {metric.worse_side} dev ({bounds})"
        )
        found.append(DEV_OVERFITTING.found(title, {"gap": flattered.interval}))
    return found


def _rises(present: set[str]) -> list[tuple[FindingKind, str, str]]:
    """The gaps that these splits allow: kind, lower level, upper level."""
    rises = [(VARIANCE, "train", "train-dev" if "train-dev" in present else "dev")]
    if "train-dev" in present:
        rises.append((DATA_MISMATCH, "train-dev", "dev"))
    if "test" in present:
        rises.append((DEV_OVERFITTING, "dev", "test"))
    return rises


def _spread(frame: pl.DataFrame) -> float:
    target = frame["target"].cast(pl.Float64, strict=False).drop_nulls().to_numpy()
    return float(target.std()) if len(target) else 0.0


def _judge(
    levels: list[tuple[str, Interval]],
    gaps: list[Gap],
    needed: Callable[[], int | None],
    count: int,
    metric: Metric,
    spread: float,
) -> Decomposition:
    dev, train = dict(levels)["dev"], dict(levels)["train"]
    sure = next((g for g in gaps if g.probability >= MIN_PROBABILITY and g.interval.low > 0), None)
    nothing_left = metric.is_rate and dev.high <= SMALL_ERROR
    if sure is not None and not sure.at_most and not nothing_left:
        bounds = metric.show_size_range(sure.interval.low, sure.interval.high)
        rise = f"{metric.show_size(sure.interval.value)} {metric.worse_side} {sure.lower} ({bounds})"
        sentence = f"{sure.name}: {sure.upper} is {rise}"
        return Decomposition(levels, gaps, sentence, sure.kind)
    if nothing_left or (not metric.is_rate and dev.high <= SMALL_SHARE_OF_SPREAD * spread):
        sentence = f"train {metric.show(train.value)}, dev {metric.show(dev.value)}: the errors are small"
        return Decomposition(levels, gaps, sentence, SMALL_GAPS)
    reference = 1 - sum(g.probability for g in gaps)  # that no gap of a regression reaches the share of the spread
    if sure is not None or (spread > 0 and reference >= MIN_PROBABILITY):
        figures = f"train {metric.show(train.value)}, dev {metric.show(dev.value)}"
        same = f"the {metric.lack} on dev is no larger than on train: {figures}"
        most = f"most of the {metric.lack} on dev is there on train, too: {figures}"
        told = most if train.value < dev.value else same
        sentence = f"{told} (give --human-error to see how much of it can be avoided)"
        return Decomposition(levels, gaps, sentence, TRAIN_ERROR_DOMINATES)
    return _undecided(levels, gaps, needed, count, metric, reference if spread > 0 else -1.0)


def _undecided(
    levels: list[tuple[str, Interval]],
    gaps: list[Gap],
    needed: Callable[[], int | None],
    count: int,
    metric: Metric,
    small: float,
) -> Decomposition:
    """What is said where no gap is surely the largest; `small` is the probability that none is worth naming."""
    largest = max(gaps, key=lambda g: g.probability)
    known = all(math.isfinite(end) for g in gaps for end in (g.interval.low, g.interval.high))
    size = needed() if known else None
    more = f"; about {size:,} dev examples would tell, two times in three; there are {count:,}" if size else ""
    if small > largest.probability:
        sentence = (
            f"undecided: each gap is perhaps below a tenth of the target's spread (probability {small:.2f}){more}"
        )
        return Decomposition(levels, gaps, sentence, UNDECIDED, size)
    bounds = metric.show_size_range(largest.interval.low, largest.interval.high, to=True)
    name = "the training error itself" if largest.at_most else largest.name
    if not known:
        lone = next(g for g in gaps if not math.isfinite(g.interval.low))
        sentence = (
            f"undecided: {lone.upper} is {metric.show_size(lone.interval.value)} from {lone.lower}, on one group only; "
            "how groups differ cannot be seen in one"
        )
    elif largest.interval.value <= 0:
        sentence = f"undecided: {largest.upper} is no worse than {largest.lower}, as far as can be seen ({bounds})"
    else:
        sentence = (
            f"undecided: {name} may be the largest part, {metric.show_size(largest.interval.value)} ({bounds}), "
            f"with probability {largest.probability:.2f}{more}"
        )
    return Decomposition(levels, gaps, sentence, UNDECIDED, size)
