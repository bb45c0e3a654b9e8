"""Is the net better than something simple, on the same dev examples?

The comparison is paired: only examples on which the two differ count. Right-or-wrong examples get McNemar's exact
test, groups and regression the bootstrap of the difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from fathom.diagnosis.intervals import Floats, groups_of, percentiles, resample, statistics_of, sum_groups, value_of
from fathom.finding_kinds import FindingKind, Role
from fathom.metrics import Metric, Predicts
from fathom.number_format import significant
from fathom.records import Finding, Interval

BELOW_BASELINE = FindingKind(
    name="below_baseline",
    severity="problem",
    lesson="baselines",
    meaning="A simple method is clearly better than the net on the same examples.",
    advice=(
        "Use the baseline, or find out what keeps the net from learning: check the learning rate, the epochs "
        "and how the input is encoded. fathom next RUN measures some remedies."
    ),
    unlearned=True,
)
NO_BETTER_THAN_MAJORITY = FindingKind(
    name="no_better_than_majority",
    severity="problem",
    lesson="baselines",
    meaning="A model that always answers {constant}, without looking at the input, does about as well.",
    advice="{advice}",
    unlearned=True,
)
LEARNS_NOTHING = (
    "Check that inputs and targets belong together, that the net fits a few examples, and the learning rate."
)
LEARNS_TRAIN = (
    "Train goes well, so look at dev: is it prepared just as train is, with the same scale, and of the same kind? "
    "`fathom check` compares the two."
)
NOT_ABOVE_BASELINE = FindingKind(
    name="not_above_baseline",
    severity="warning",
    lesson="baselines",
    meaning="The dev examples do not show that the net is better than a simple method.",
    advice=(
        "Prefer the simple method until the net is clearly better. A larger dev split can show smaller differences."
    ),
)
ABOVE_BASELINE = FindingKind(
    name="above_baseline",
    severity="good",
    lesson="baselines",
    meaning="The net does better than the simple methods beside it.",
    advice="Nothing to do.",
    role=Role.NOTHING_WRONG,
)

SIGNIFICANCE_LEVEL = 0.05
TRAIN_IS_FINE = 0.5
"""Share of what the constant answer has on dev, below which the figure on train shows that the net has learned."""
MIN_DEV_EXAMPLES = 20
"""With fewer dev examples than this nothing is said of the constant answer."""


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Compare the net with its baseline and with the constant answer; silent for metrics it cannot work out."""
    if not metric.rejudges:
        return []
    dev = frame.filter(pl.col("split") == "dev")
    return _against_baseline(dev, metric) + _against_constant(frame, dev, metric)


def compare(frame: pl.DataFrame, other: pl.Series, metric: Metric) -> tuple[float, float, Interval, float]:
    """Compare the predictions with others: both figures, the difference (net - other), two-sided p-value."""
    net = np.stack(list(statistics_of(frame, metric).values()), axis=1)
    rival = np.stack([_statistic(frame, other, metric), net[:, 1]], axis=1)
    groups = groups_of(frame)
    units = sum_groups(np.concatenate([net, rival], axis=1), groups)
    figures = [float(_figure(metric, s.sum(0)[None])[0]) for s in (net, rival)]
    drawn = resample(units)
    differences = _figure(metric, drawn[:, :2]) - _figure(metric, drawn[:, 2:])
    bounds = percentiles(differences, figures[0] - figures[1])
    if metric.is_rate and groups is None:
        p = mcnemar(
            int(((net[:, 0] > 0) & (rival[:, 0] == 0)).sum()), int(((net[:, 0] == 0) & (rival[:, 0] > 0)).sum())
        )
    else:
        p = min(1.0, 2 * float(min((differences >= 0).mean(), (differences <= 0).mean())))
    return figures[0], figures[1], bounds, p


def mcnemar(only_a: int, only_b: int) -> float:
    """Exact two-sided p-value that mistakes made by only one of two are as often a's as b's."""
    n, k = only_a + only_b, min(only_a, only_b)
    if n > 1000:  # the normal distribution, with continuity correction, is as good then
        return math.erfc(max(0.0, abs(only_a - only_b) - 1) / math.sqrt(2 * n))
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n) if n else 1.0


def _figure(metric: Metric, sums: Floats) -> Floats:
    return np.asarray(metric.of({name: sums[:, i] for i, name in enumerate(metric.needs)}))


def _statistic(frame: pl.DataFrame, other: pl.Series, metric: Metric) -> Floats:
    """The first statistic of the metric, had the other predictions been made."""
    if metric.predicts is Predicts.NUMBER:
        numbers = frame["target"].cast(pl.Float64, strict=False).to_numpy()
        return np.asarray((other.cast(pl.Float64, strict=False).to_numpy() - numbers) ** 2)
    target = frame["target"]
    if not (target.dtype.is_numeric() and other.dtype.is_numeric()):
        target, other = target.cast(pl.String), other.cast(pl.String)
    return (target != other).cast(pl.Float64).to_numpy()


def _against_baseline(dev: pl.DataFrame, metric: Metric) -> list[Finding]:
    if "baseline" not in dev.columns:
        return []
    asked = dev.filter(pl.col("baseline").is_not_null())
    if asked.height < 2:
        return []
    net, simple, difference, p = compare(asked, asked["baseline"], metric)
    evidence = {"net": net, "baseline": simple, "difference": difference, "p_value": p, "examples": asked.height}
    figures = f"{metric.show(net)} against {metric.show(simple)}"
    return [_judged(net > simple, p < SIGNIFICANCE_LEVEL, figures, evidence)]


def judge_difference(name: str, simple: float, difference: Interval, metric: Metric) -> Finding:
    """What a difference that was measured with the statistics of the task says, where answers alone cannot be judged.

    Args:
        name: of the baseline.
        simple: its figure on dev.
        difference: the net's figure minus that of the baseline, paired over the dev examples.
        metric: by which both are judged.
    """
    net = simple + difference.value
    figures = f"{metric.show(net)} against {metric.show(simple)} ({name})"
    evidence = {"net": net, "baseline": simple, "difference": difference}
    return _judged(difference.value > 0, difference.low > 0 or difference.high < 0, figures, evidence)


def told_by_test(dev: Finding, name: str, simple: float, difference: Interval, metric: Metric) -> Finding:
    """The verdict of test in place of one that the dev examples could not give.

    Args:
        dev: what dev says of the baseline.
        name: of the baseline that is best on test.
        simple: its figure on test.
        difference: the net's figure minus that of the baseline, paired over the test examples.
        metric: by which both are judged.

    Returns:
        `dev` itself, where it gave one or where test cannot give it either.
    """
    test = judge_difference(name, simple, difference, metric)
    if dev.name != NOT_ABOVE_BASELINE.name or test.name == dev.name:
        return dev
    shown = [metric.show(dev.evidence[one]) for one in ("net", "baseline")]
    title = f"on test {test.title}; dev cannot show a difference: {shown[0]} against {shown[1]}"
    return replace(test, title=title, evidence={**test.evidence, "split": "test"})


def _judged(worse: bool, surely: bool, figures: str, evidence: Mapping[str, Any]) -> Finding:
    if not surely:
        return NOT_ABOVE_BASELINE.found(f"no difference from the baseline can be shown: {figures}", evidence)
    if worse:
        return BELOW_BASELINE.found(f"the net is worse than the baseline: {figures}", evidence)
    return ABOVE_BASELINE.found(f"the net is better than the baseline: {figures}", evidence)


def learned(frame: pl.DataFrame, metric: Metric) -> bool:
    """Whether dev is surely better than the answer that is right most often in train; False where none can tell."""
    if not metric.rejudges:
        return False
    beside = _beside_constant(frame, frame.filter(pl.col("split") == "dev"), metric)
    return beside is not None and beside.significant


def _against_constant(frame: pl.DataFrame, dev: pl.DataFrame, metric: Metric) -> list[Finding]:
    beside = _beside_constant(frame, dev, metric)
    if beside is None or beside.net < 0.9 * beside.constant or beside.significant:
        return []
    net, constant, difference, p, shown = beside
    evidence = {"net": net, "constant": constant, "difference": difference, "p_value": p}
    title = f"dev {metric.label} {metric.show(net)}; always answering {shown} has {metric.show(constant)}"
    train = value_of(frame.filter(pl.col("split") == "train"), metric)
    advice = LEARNS_NOTHING
    if train < TRAIN_IS_FINE * constant:  # then it is not the learning that fails
        title, advice = f"{title}; train {metric.show(train)}", LEARNS_TRAIN
    return [NO_BETTER_THAN_MAJORITY.found(title, evidence | {"train": train}, constant=shown, advice=advice)]


class _Beside(NamedTuple):
    """The net beside one constant answer: both figures, their difference, the p-value, and what the answer is."""

    net: float
    constant: float
    difference: Interval
    p: float
    shown: str

    @property
    def significant(self) -> bool:
        """Whether the net is better, as far as can be told."""
        return self.p < SIGNIFICANCE_LEVEL and self.net < self.constant


def _beside_constant(frame: pl.DataFrame, dev: pl.DataFrame, metric: Metric) -> _Beside | None:
    """None where dev is too small, or where train has one class only."""
    train = frame.filter(pl.col("split") == "train")
    if dev.height < MIN_DEV_EXAMPLES or train.is_empty():
        return None
    if metric.is_rate:
        shares = train["target"].cast(pl.String).value_counts(sort=True)
        if shares.height < 2:
            return None
        top = min(shares.filter(pl.col("count") == shares["count"].max())["target"].to_list())
        constant, shown = pl.Series([top] * dev.height), f"'{top}'"
        dev = dev.with_columns(pl.col("target").cast(pl.String))
    else:
        mean = float(train["target"].cast(pl.Float64, strict=False).mean() or 0.0)  # type: ignore[arg-type]
        constant, shown = pl.Series([mean] * dev.height), f"the mean of train ({significant(mean)})"
    return _Beside(*compare(dev, constant, metric), shown)
