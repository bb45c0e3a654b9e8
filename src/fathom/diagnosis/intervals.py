"""How sure a figure is: intervals that cover the truth 95 times in 100.

A rate of independent examples has Wilson's interval, and the gap between two rates has Newcombe's, which is made of
two of Wilson's; neither degenerates when nothing went wrong. Everything else (other metrics, examples that belong
together in groups) is bootstrapped: the units, examples or whole groups, are drawn anew, their additive statistics
are summed, and the metric of the sums is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.metrics import Metric
from fathom.records import SPLITS, Interval

Floats = NDArray[np.float64]

DRAWS = 10_000
Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

POOLED_METRIC_DRAWS = 300
"""Of a figure that ranks or pairs examples, each draw of which costs a sort."""

MAX_UNITS_RESAMPLED = 1_000
"""With more different units than this, sums are drawn from the normal distribution that they then follow closely."""


def wilson(wrong: float, count: float) -> Interval:
    """Wilson's score interval of a rate; with no examples it is all of [0, 1].

    Args:
        wrong: how many went wrong.
        count: out of how many.

    Returns:
        the rate with its 95 % interval (Wilson 1927).

    >>> interval = wilson(3, 20)
    >>> round(interval.low, 3), interval.value, round(interval.high, 3)
    (0.052, 0.15, 0.36)
    """
    if count <= 0:
        return Interval(math.nan, 0.0, 1.0)
    rate, z2 = wrong / count, Z * Z
    middle = (rate + z2 / (2 * count)) / (1 + z2 / count)
    half = Z / (1 + z2 / count) * math.sqrt(rate * (1 - rate) / count + z2 / (4 * count * count))
    return Interval(rate, max(0.0, min(rate, middle - half)), min(1.0, max(rate, middle + half)))


def newcombe(a: Interval, b: Interval) -> Interval:
    """Interval of ``b - a`` from the Wilson intervals of two independent rates (Newcombe 1998, method 10).

    Args:
        a: rate with its Wilson interval.
        b: the other, from examples that are independent of those of `a`.

    Returns:
        the difference, in [-1, 1], with its 95 % interval.
    """
    low = math.hypot(b.value - b.low, a.high - a.value)
    high = math.hypot(b.high - b.value, a.value - a.low)
    value = b.value - a.value
    return Interval(value, max(-1.0, value - low), min(1.0, value + high))


def bootstrap(
    statistics: Mapping[str, Floats],
    metric: Metric,
    groups: NDArray[Any] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Floats:
    """Draw the metric anew ``draws`` times, from its additive statistics, one entry an example.

    Args:
        statistics: what the metric needs, by name.
        metric: whose figure it is.
        groups: what each example belongs to; whole groups are then drawn. None: each stands alone.
        draws: how many.
        seed: of the draws.
    """
    rows = np.stack([np.asarray(statistics[name], dtype=np.float64) for name in metric.needs], axis=1)
    drawn = resample(sum_groups(rows, groups), draws, seed)
    return np.asarray(metric.of({name: drawn[:, i] for i, name in enumerate(metric.needs)}))


def sum_groups(rows: Floats, groups: NDArray[Any] | None) -> Floats:
    """Sum the rows of each group; the units that the bootstrap draws.

    Args:
        rows: additive statistics, ``(examples, statistics)``.
        groups: of each example, ``(examples,)``; None: each example is a unit of its own.

    Returns:
        ``(units, statistics)``.
    """
    if groups is None:
        return rows
    _, index = np.unique(groups, return_inverse=True)
    return np.stack([np.bincount(index, weights=column) for column in rows.T], axis=1)


def resample(units: Floats, draws: int = DRAWS, seed: int = 0) -> Floats:
    """Sums of statistics over bootstrap samples of the units: ``(draws, statistics)``.

    Equal units are drawn together, by their number, so that 60,000 right-or-wrong examples cost as little as two.

    Args:
        units: additive statistics of what is drawn as a whole, ``(units, statistics)``.
        draws: how many samples.
        seed: of the draws.

    Returns:
        the sums, ``(draws, statistics)``.
    """
    rng = np.random.default_rng(seed)
    n = len(units)
    values, counts = np.unique(units, axis=0, return_counts=True)
    if len(values) <= MAX_UNITS_RESAMPLED:
        chunk = max(1, 2_000_000 // len(values))
        sizes = [min(chunk, draws - start) for start in range(0, draws, chunk)]
        return np.concatenate([rng.multinomial(n, counts / n, size) @ values for size in sizes])
    covariance = np.cov(units, rowvar=False, bias=True).reshape(units.shape[1], units.shape[1])
    # Rounding may leave eigenvalues just below 0 where statistics hang together; numpy takes their size.
    drawn = rng.multivariate_normal(units.sum(0), n * covariance, draws, method="eigh", check_valid="ignore")
    if (units >= 0).all():  # what is never negative has no negative sum; counts that do not vary stay as they are
        drawn = np.maximum(drawn, 0.0)
    steady = units.std(0) == 0
    drawn[:, steady] = units.sum(0)[steady]
    return drawn


def by_split(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of each split that has some, in the order of the splits, with the columns that figures are made of.

    Args:
        frame: results, a row an example.

    Returns:
        split → its rows.
    """
    lean = frame.select(pl.col("^(split|target|prediction|group|stat_.*)$"))
    parts = {name: lean.filter(pl.col("split") == name) for name in SPLITS}
    return {name: part for name, part in parts.items() if not part.is_empty()}


def groups_of(frame: pl.DataFrame) -> NDArray[Any] | None:
    """What each example belongs to, those without a group being alone; None where no two belong together.

    Args:
        frame: results, a row an example, with or without the column ``group``.

    Returns:
        a number for each example, ``(examples,)``, the same for examples of one group; or None.
    """
    if "group" not in frame.columns or frame["group"].null_count() == frame.height:
        return None
    filled = pl.when(pl.col("group").is_null()).then(-1 - pl.int_range(pl.len(), dtype=pl.Int64))
    index = frame.select(filled.otherwise(pl.col("group").rank("dense").cast(pl.Int64)))
    groups = index.to_series().to_numpy()
    return groups if len(np.unique(groups)) < frame.height else None


def statistics_of(frame: pl.DataFrame, metric: Metric) -> dict[str, Floats]:
    """The statistics that the metric needs, by name, one entry an example.

    Args:
        frame: results with the columns ``stat_…``.
        metric: which says what it needs.

    Returns:
        name → ``(examples,)``.
    """
    return {name: frame[f"stat_{name}"].cast(pl.Float64).to_numpy() for name in metric.needs}


def value_of(frame: pl.DataFrame, metric: Metric) -> float:
    """The metric's figure on these examples.

    Args:
        frame: results, a row an example.
        metric: by which they are judged.

    Returns:
        the figure, in the metric's own unit.
    """
    if metric.pooled:
        return float(pooled(frame, metric, np.ones((1, frame.height)))[0])
    return float(metric.of({name: column.sum() for name, column in statistics_of(frame, metric).items()}))


def pooled(frame: pl.DataFrame, metric: Metric, weights: Floats) -> Floats:
    """The figure of a metric that ranks or pairs examples, under each row of the weights: ``(draws,)``.

    Args:
        frame: results, a row an example.
        metric: one that has `Metric.pooled`, such as mean average precision.
        weights: how often each example counts, ``(draws, examples)``.

    Returns:
        ``(draws,)``.
    """
    assert metric.pooled
    return metric.pooled(frame["target"].to_list(), frame["prediction"].to_list(), weights)


def multiplicities(frame: pl.DataFrame, draws: int, seed: int) -> Floats:
    """How often each example is in each bootstrap sample: ``(draws, examples)``; whole groups are drawn.

    Args:
        frame: results, a row an example.
        draws: how many samples.
        seed: of the draws.

    Returns:
        ``(draws, examples)``, whole numbers.
    """
    groups = groups_of(frame)
    index = np.arange(frame.height) if groups is None else np.unique(groups, return_inverse=True)[1]
    units = int(index.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), draws)  # (draws, units)
    return drawn[:, index].astype(np.float64)


def draws_of(frame: pl.DataFrame, metric: Metric, draws: int = DRAWS, seed: int = 0) -> Floats:
    """Plausible values of the figure: what it might truly be, given these examples.

    For independent right-or-wrong examples they come from Jeffreys' posterior, which has width also where nothing went
    wrong and the bootstrap would say 0 every time. Grouped ones fall back on it when all groups are alike, and are
    never taken to be surer than if their examples were independent, as a few groups that agree by chance would seem.

    Args:
        frame: results, a row an example.
        metric: whose figure it is.
        draws: how many values.
        seed: of the draws.

    Returns:
        ``(draws,)``.
    """
    if tally := _tally(frame, metric):
        wrong, count = tally
        return np.random.default_rng(seed).beta(wrong + 0.5, count - wrong + 0.5, draws)
    if metric.pooled:
        few = pooled(frame, metric, multiplicities(frame, min(draws, POOLED_METRIC_DRAWS), seed))
        return np.random.default_rng(seed).choice(few, draws)  # as many as others have, so that gaps can be taken
    drawn = bootstrap(statistics_of(frame, metric), metric, groups_of(frame), draws, seed)
    if metric.is_rate:
        wrong, count = (float(frame[f"stat_{name}"].cast(pl.Float64).sum()) for name in metric.needs)
        independent = np.random.default_rng(seed).beta(wrong + 0.5, count - wrong + 0.5, draws)
        return drawn if drawn.std() >= independent.std() else independent
    return drawn


def interval(frame: pl.DataFrame, metric: Metric, seed: int = 0) -> Interval:
    """The figure with its interval: Wilson's for rates of independent examples, else by bootstrap.

    Args:
        frame: results, a row an example.
        metric: whose figure it is.
        seed: of the bootstrap.

    Returns:
        the figure with its 95 % interval; from 0 to infinity where a single unit tells nothing of the spread.
    """
    if tally := _tally(frame, metric):
        bounds = wilson(*tally)
        return Interval(value_of(frame, metric), bounds.low, bounds.high)
    value = value_of(frame, metric)
    if _lone(frame):
        return Interval(value, 0.0, math.inf)
    return percentiles(draws_of(frame, metric, seed=seed), value)


def gap(
    frame_a: pl.DataFrame, frame_b: pl.DataFrame, metric: Metric, draws: int = DRAWS, seed: int = 0
) -> tuple[Interval, Floats]:
    """How much higher the figure of b is than that of a: the interval, and plausible values.

    Args:
        frame_a: results, a row an example.
        frame_b: the results that are compared with them.
        metric: by which both are judged.
        draws: how many plausible values.
        seed: of the draws.

    Returns:
        the difference with its 95 % interval, and ``(draws,)`` plausible values of it.
    """
    drawn = draws_of(frame_b, metric, draws, seed + 1) - draws_of(frame_a, metric, draws, seed)
    if _tally(frame_a, metric) and _tally(frame_b, metric):
        return newcombe(interval(frame_a, metric), interval(frame_b, metric)), drawn
    value = value_of(frame_b, metric) - value_of(frame_a, metric)
    if _lone(frame_a) or _lone(frame_b):
        return Interval(value, -math.inf, math.inf), drawn
    return percentiles(drawn, value), drawn


def percentiles(drawn: Floats, value: float) -> Interval:
    """The interval that holds the middle 95 % of what was drawn, and the value itself.

    Args:
        drawn: plausible values, ``(draws,)``.
        value: the figure itself.

    Returns:
        from the 2.5th to the 97.5th percentile, widened where the value lies outside.
    """
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(value, min(float(low), value), max(float(high), value))


def _tally(frame: pl.DataFrame, metric: Metric) -> tuple[float, float] | None:
    """How many went wrong out of how many independent ones; None where the figure is no such rate."""
    if not metric.is_rate:
        return None
    part, whole = (frame[f"stat_{name}"].cast(pl.Float64).to_numpy() for name in metric.needs)
    groups = groups_of(frame)
    if groups is None:
        simple = bool((whole == 1).all() and ((part == 0) | (part == 1)).all())
        return (float(part.sum()), float(len(part))) if simple else None
    rate = float(part.sum() / whole.sum())
    sums = sum_groups(np.stack([part, whole], axis=1), groups)
    if np.allclose(sums[:, 0] / sums[:, 1], rate):  # the bootstrap would always say the same: count groups instead
        return rate * len(sums), float(len(sums))
    return None


def _lone(frame: pl.DataFrame) -> bool:
    """Whether there is only one unit, so that nothing can be said of its spread."""
    groups = groups_of(frame)
    return (frame.height if groups is None else len(np.unique(groups))) < 2
